// Search, filter and sort of the fleet report. The page is whole without it: it then shows all tenants in order.
const body = document.querySelector("#fleet tbody");
const MOST_SHOWN = Number(body.dataset.shown);
const search = document.getElementById("search");
const only = document.getElementById("only");
const status = document.getElementById("status");
const facets = [...document.querySelectorAll("select[data-facet]")];
const more = document.getElementById("more");
const rows = [...body.rows].map((element) => ({ element, text: element.textContent.toLowerCase() }));
let order = rows;
let isWhole = false;

function show() {
  const words = search.value.toLowerCase().split(/\s+/);
  const flag = only.value;
  const wanted = facets.filter(({ value }) => value !== "").map(({ dataset, value }) => [dataset.facet, value]);
  let found = 0;
  for (const { element, text } of order) {
    const isMeant =
      (flag === "" || element.dataset.flags.split(" ").includes(flag)) &&
      wanted.every(([facet, value]) => element.dataset[facet] === value) &&
      words.every((word) => text.includes(word));
    if (isMeant) found += 1;
    const isHidden = !isMeant || (!isWhole && found > MOST_SHOWN);
    if (element.hidden !== isHidden) element.hidden = isHidden;
  }
  const shown = isWhole ? found : Math.min(found, MOST_SHOWN);
  const all = found === rows.length ? `${found} tenants` : `${found} of ${rows.length} tenants`;
  status.textContent = shown < found ? `${all}, the first ${shown} shown` : all;
  more.hidden = shown === found;
  more.textContent = `Show all ${found}`;
}

function keyOf(element, column, isNumber) {
  const cell = element.cells[column];
  const text = cell.dataset.key ?? cell.textContent.trim();
  return isNumber ? (text === "" ? -Infinity : Number(text)) : text;
}

function sortBy(header) {
  const direction = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
  for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", direction);
  const isNumber = header.dataset.sort === "number";
  const collator = new Intl.Collator("en");
  const keyed = rows.map((row) => ({ row, key: keyOf(row.element, header.cellIndex, isNumber) }));
  keyed.sort((one, other) => (isNumber ? one.key - other.key || 0 : collator.compare(one.key, other.key)));
  if (direction === "descending") keyed.reverse();
  order = keyed.map(({ row }) => row);
  for (const { element } of order) element.hidden = true;
  body.append(...order.map(({ element }) => element));
  show();
}

for (const header of document.querySelectorAll("#fleet thead th"))
  header.querySelector("button").addEventListener("click", () => sortBy(header));
search.addEventListener("input", show);
for (const choice of [only, ...facets]) choice.addEventListener("change", show);
more.addEventListener("click", () => {
  isWhole = true;
  show();
  search.focus();
});
document.querySelector(".controls").hidden = false;
show();
