(() => {
  "use strict";
  const words = WORDS;
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
  const key = (row, at) => {
    const cell = row.cells[at];
    return cell.dataset.o === undefined ? cell.textContent.trim() : Number(cell.dataset.o);
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return collator.compare(a, b);
  };
  const sort = (table, head, at) => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [key(row, at), row]);
    rows.sort((a, b) => (up ? compare(a[0], b[0]) : compare(b[0], a[0])));
    body.append(...rows.map((pair) => pair[1]));
  };
  const element = (name, settings) => Object.assign(document.createElement(name), settings);
  const filters = (table) => {
    const tools = element("div", { className: "tools" });
    const caption = table.caption.textContent;
    const search = element("input", { type: "search", placeholder: words.search });
    search.setAttribute("aria-label", `${caption}: ${words.search}`);
    const count = element("span", {});
    count.setAttribute("role", "status");
    const rows = [...table.tBodies[0].rows];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const chosen = [];
    const apply = () => {
      const wanted = search.value.trim().toLowerCase().split(/\s+/);
      let shown = 0;
      rows.forEach((row, at) => {
        const fits = wanted.every((word) => texts[at].includes(word)) &&
          chosen.every(([column, list]) => !list.value || row.cells[column].textContent === list.value);
        row.hidden = !fits;
        if (fits) shown += 1;
      });
      count.textContent = `${shown} / ${rows.length}`;
    };
    tools.append(search);
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (!head.classList.contains("m")) return;
      const seen = new Map();
      for (const row of rows) seen.set(row.cells[column].textContent, key(row, column));
      if (seen.size < 2 || seen.size > 30) return;
      const list = element("select", {});
      list.setAttribute("aria-label", `${caption}: ${head.textContent}`);
      list.append(element("option", { value: "", textContent: `${head.textContent}: ${words.all}` }));
      for (const [value] of [...seen].sort((a, b) => compare(b[1], a[1]))) {
        list.append(element("option", { value, textContent: value || words.none }));
      }
      list.addEventListener("change", apply);
      chosen.push([column, list]);
      tools.append(list);
    });
    search.addEventListener("input", apply);
    tools.append(count);
    apply();
    table.parentElement.before(tools);
  };
  for (const table of document.querySelectorAll("table.long")) {
    filters(table);
    [...table.tHead.rows[0].cells].forEach((head, at) => {
      const button = element("button", { type: "button", textContent: head.textContent });
      button.addEventListener("click", () => sort(table, head, at));
      head.replaceChildren(button);
    });
  }
})();
