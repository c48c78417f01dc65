// Manners of a simulation's report.html: sort tables by a press on the head, explain a mark under the pointer.
"use strict";
(() => {
  for (const table of document.querySelectorAll("table.sortable")) {
    table.tHead.addEventListener("click", (event) => {
      const head = event.target.closest("th");
      if (!head || !head.querySelector("button")) return;
      const isNumber = head.classList.contains("number");
      const before = head.getAttribute("aria-sort");
      const descending = before ? before === "ascending" : isNumber;
      [...head.parentNode.cells].forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const value = (row) => {
        const cell = row.cells[head.cellIndex];
        return isNumber ? Number(cell.dataset.v) : cell.textContent;
      };
      const rows = [...table.tBodies[0].rows].map((row, place) => ({ row, place, value: value(row) }));
      rows.sort((a, b) => {
        const order = isNumber ? a.value - b.value : a.value.localeCompare(b.value, "zh-CN");
        return (descending ? -order : order) || a.place - b.place;
      });
      table.tBodies[0].append(...rows.map((one) => one.row));
    });
  }
  const tip = document.getElementById("tip");
  const words = new WeakMap();
  for (const mark of document.querySelectorAll(".plot .mark")) {
    const title = mark.querySelector("title");
    if (!title) continue;
    words.set(mark, title.textContent);
    mark.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  document.addEventListener("pointermove", (event) => {
    const mark = event.target.closest && event.target.closest(".plot .mark");
    tip.textContent = (mark && words.get(mark)) || "";
    tip.hidden = !tip.textContent;
    if (tip.hidden) return;
    const { clientX: x, clientY: y } = event;
    tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - tip.offsetWidth - 8)) + "px";
    tip.style.top = (y + 18 + tip.offsetHeight > innerHeight ? Math.max(4, y - tip.offsetHeight - 10) : y + 18) + "px";
  });
})();
