"use strict";
(function () {
  // A table is sorted by a click on a title: numbers by what they are (data-v), words by their letters.
  function key(row, column) {
    var cell = row.cells[column], v = cell.getAttribute("data-v"), text = cell.textContent;
    if (v !== null) return parseFloat(v);
    return text === "-" ? null : text !== "" && isFinite(text) ? parseFloat(text) : text;
  }
  function compare(a, b) {
    if (a === null || b === null) return 0;
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), undefined, { numeric: true });
  }
  function sort(table, th, column) {
    var down = th.getAttribute("aria-sort") === "ascending", body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows).map(function (row, i) {
      return { row: row, i: i, key: key(row, column) };
    });
    rows.sort(function (a, b) {
      if ((a.key === null) !== (b.key === null)) return a.key === null ? 1 : -1; // what is absent is last
      return (down ? -1 : 1) * compare(a.key, b.key) || a.i - b.i;
    });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) { other.removeAttribute("aria-sort"); });
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    rows.forEach(function (r) { body.appendChild(r.row); });
  }
  function sortable(table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (th, column) {
      th.className += " sortable";
      th.tabIndex = 0;
      th.onclick = function () { sort(table, th, column); };
      th.onkeydown = function (e) { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); th.onclick(); } };
    });
  }
  // A long table has a field: a row stays that has every word.
  function filterable(box) {
    var input = document.createElement("input"), rows = box.querySelector("tbody").rows;
    input.type = "search";
    input.placeholder = "filter rows";
    input.setAttribute("aria-label", "filter rows");
    input.oninput = function () {
      var words = input.value.toLowerCase().split(/\s+/);
      Array.prototype.forEach.call(rows, function (row) {
        var text = row.textContent.toLowerCase();
        row.hidden = !words.every(function (w) { return text.indexOf(w) >= 0; });
      });
    };
    box.parentNode.insertBefore(input, box);
  }
  Array.prototype.forEach.call(document.querySelectorAll("table"), sortable);
  Array.prototype.forEach.call(document.querySelectorAll(".long"), filterable);

  var root = document.documentElement, button = document.createElement("button");
  if (/[?&#]dark\b/.test(location.href)) root.className = "dark";
  function isDark() {
    if (root.className) return root.className === "dark";
    return matchMedia("(prefers-color-scheme: dark)").matches;
  }
  function label() { button.textContent = isDark() ? "light" : "dark"; }
  button.onclick = function () { root.className = isDark() ? "light" : "dark"; label(); };
  label();
  document.body.insertBefore(button, document.body.firstChild);
})();
