"use strict";
(function () {
  function each(list, f) { Array.prototype.forEach.call(list, f); }
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
    var rows = Array.prototype.map.call(body.rows, function (row, i) {
      return { row: row, i: i, key: key(row, column) };
    });
    rows.sort(function (a, b) {
      if ((a.key === null) !== (b.key === null)) return a.key === null ? 1 : -1; // what is absent is last
      return (down ? -1 : 1) * compare(a.key, b.key) || a.i - b.i;
    });
    each(table.tHead.rows[0].cells, function (other) { other.removeAttribute("aria-sort"); });
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    rows.forEach(function (r) { body.appendChild(r.row); });
  }
  function sortable(table) {
    each(table.tHead.rows[0].cells, function (th, column) {
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
      each(rows, function (row) {
        var text = row.textContent.toLowerCase();
        row.hidden = !words.every(function (w) { return text.indexOf(w) >= 0; });
      });
    };
    box.parentNode.insertBefore(input, box);
  }
  // A wide table has a box for each column.
  function hideable(table) {
    var heads = table.tHead.rows[0].cells, box = document.createElement("details"), scroll = table.parentNode;
    if (heads.length < 5) return;
    box.className = "columns";
    box.innerHTML = "<summary>columns</summary>";
    each(heads, function (th, column) {
      var label = document.createElement("label"), check = document.createElement("input");
      check.type = "checkbox";
      check.checked = true;
      check.onchange = function () { each(table.rows, function (row) { row.cells[column].hidden = !check.checked; }); };
      label.appendChild(check);
      label.appendChild(document.createTextNode(" " + th.textContent));
      box.appendChild(label);
    });
    scroll.parentNode.insertBefore(box, scroll);
  }
  // A picture is saved with the colours that it has now, its numbers as they stand below it.
  function save(name, type, text) {
    var a = document.createElement("a");
    a.href = URL.createObjectURL(new Blob([text], { type: type }));
    a.download = name;
    a.click();
    setTimeout(function () { URL.revokeObjectURL(a.href); }, 1000);
  }
  function picture(svg) {
    var copy = svg.cloneNode(true), now = getComputedStyle(document.documentElement), style = "";
    "bg ink soft rule heat mid c0 c1 c2 c3 c4 c5 c6 c7".split(" ").forEach(function (c) {
      style += "--" + c + ":" + now.getPropertyValue("--" + c) + ";";
    });
    copy.setAttribute("style", style + "background:var(--bg)");
    copy.insertBefore(document.createElementNS(svg.namespaceURI, "style"), copy.firstChild).textContent =
      document.getElementById("chart-style").textContent;
    return new XMLSerializer().serializeToString(copy);
  }
  function savable(figure) {
    var svg = figure.querySelector("svg"), summary = figure.querySelector("summary");
    var name = svg.getAttribute("aria-label").replace(/[^A-Za-z0-9]+/g, "-").toLowerCase();
    [["SVG", function () { save(name + ".svg", "image/svg+xml", picture(svg)); }],
     ["CSV", function () { save(name + ".csv", "text/csv", figure.querySelector("pre").textContent); }]].forEach(function (form) {
      var button = document.createElement("button");
      button.textContent = form[0];
      button.setAttribute("aria-label", "save as " + form[0]);
      button.onclick = function (e) { e.preventDefault(); form[1](); };
      summary.appendChild(button);
    });
  }
  // What a pointer shows, a finger shows by a touch.
  var said = document.createElement("p");
  said.className = "said";
  said.hidden = true;
  said.setAttribute("role", "status");
  document.body.appendChild(said);
  document.addEventListener("click", function (e) {
    var title = e.target.closest && e.target.closest(".chart") && e.target.querySelector("title");
    said.hidden = !(title && title.parentNode === e.target && e.target.nodeName !== "svg");
    if (!said.hidden) said.textContent = title.textContent;
  });

  each(document.querySelectorAll("table"), sortable);
  each(document.querySelectorAll("table"), hideable);
  each(document.querySelectorAll(".long"), filterable);
  each(document.querySelectorAll("figure"), savable);

  var root = document.documentElement, button = document.createElement("button");
  button.className = "theme";
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
