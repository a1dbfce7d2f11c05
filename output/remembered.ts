/** Longer texts hardly ever come back. */
const LONGEST = 128;
const MOST = 10_000;

/** The same rule over texts, which answers at once what it was asked before. @param rule pure */
export function remembered<T extends boolean | string>(rule: (text: string) => T): (text: string) => T {
  const answers = new Map<string, T>();
  return (text) => {
    if (text.length > LONGEST) return rule(text);
    const known = answers.get(text);
    if (known !== undefined) return known;
    if (answers.size >= MOST) answers.clear();
    const answer = rule(text);
    answers.set(text, answer);
    return answer;
  };
}
