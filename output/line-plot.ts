const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 300, 56, 96, 34, 40];

/** A name, its colour and its figures, none of which may be 0: both axes are powers of ten. */
export interface PlottedLine {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/**
 * Lines over powers of ten in both directions: a picture that needs nothing beside itself and reads on light and dark pages.
 * Undefined when there is nothing to draw. Pure.
 */
export function linePlot(title: string, given: readonly PlottedLine[]): string | undefined {
  const lines = given.filter(({ points }) => points.length > 0);
  const all = lines.flatMap(({ points }) => points);
  if (all.length === 0) return undefined;
  const x = scale(
    all.map((point) => point.x),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = scale(
    all.map((point) => point.y),
    HEIGHT - BOTTOM,
    TOP,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title.split(":")[0] ?? ""}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" rx="6" fill="#ffffff"/>`,
    text(LEFT, 20, title, `fill="#1b2330" font-weight="600"`),
    ...y.ticks.flatMap((tick) => [
      `<path d="M${LEFT} ${y.at(tick)}H${WIDTH - RIGHT}" stroke="#dfe3e8"/>`,
      text(LEFT - 6, y.at(tick) + 4, String(tick), `fill="#566072" text-anchor="end"`),
    ]),
    ...[...new Set(all.map((point) => point.x))].map((value) =>
      text(x.at(value), HEIGHT - BOTTOM + 18, String(value), `fill="#566072" text-anchor="middle"`),
    ),
    ...lines.flatMap((line) => drawn(line, x.at, y.at)),
    ...labelled(lines, y.at),
    "</svg>",
  ].join("\n");
}

/** From powers of ten to a length in the picture. */
function scale(values: readonly number[], from: number, to: number) {
  const logs = values.map((value) => Math.log10(value));
  const least = Math.floor(Math.min(...logs));
  const most = Math.max(least + 1, Math.ceil(Math.max(...logs)));
  const at = (value: number) => Math.round(from + ((Math.log10(value) - least) / (most - least)) * (to - from));
  return {
    at,
    ticks: Array.from({ length: most - least + 1 }, (_, index) => Number((10 ** (least + index)).toPrecision(1))),
  };
}

function drawn({ colour, points }: PlottedLine, x: (value: number) => number, y: (value: number) => number): string[] {
  const path = points.map((point, at) => `${at === 0 ? "M" : "L"}${x(point.x)} ${y(point.y)}`).join("");
  return [
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map((point) => `<circle cx="${x(point.x)}" cy="${y(point.y)}" r="3" fill="${colour}"/>`),
  ];
}

const LABEL = 14;

/** Names beside the ends of the lines, none over another. */
function labelled(lines: readonly PlottedLine[], y: (value: number) => number): string[] {
  let above = -Infinity;
  return lines
    .map(({ name, colour, points }) => ({ name, colour, at: y(points.at(-1)?.y ?? 1) + 4 }))
    .sort((one, other) => one.at - other.at)
    .map(({ name, colour, at }) => {
      above = Math.max(at, above + LABEL);
      return text(WIDTH - RIGHT + 10, above, name, `fill="${colour}"`);
    });
}

function text(x: number, y: number, words: string, more: string): string {
  return `<text x="${x}" y="${y}" ${more}>${words}</text>`;
}
