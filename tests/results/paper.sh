# paper.sh - tables as a page of a paper. Source it after tests/cli/common.sh.

# set_paper [LINE]...: pdflatex takes tables.tex, with these lines of LaTeX behind it, and no table is wider than the page; with pgfplots
# where there is one. Without pdflatex what was tested so far stands.
set_paper() {
  local package pictures=()
  command -v pdflatex >/dev/null || skip "there is no pdflatex; all else is as it should be"
  for package in booktabs siunitx; do
    kpsewhich $package.sty >/dev/null || skip "LaTeX has no $package; all else is as it should be"
  done
  kpsewhich pgfplots.sty >/dev/null && pictures=('\usepackage{pgfplots}' '\pgfplotsset{compat=1.16}')
  printf '%s\n' '\documentclass{article}' '\usepackage[utf8]{inputenc}' '\usepackage{booktabs}' '\usepackage{siunitx}' "${pictures[@]}" \
    '\begin{document}' '\input{tables}' "$@" '\end{document}' >paper.tex
  pdflatex -interaction=nonstopmode -halt-on-error paper.tex >latex.log 2>&1 || { tail -n 30 latex.log; fail "pdflatex does not take it"; }
  grep -E "^(Overfull|Underfull .hbox)" latex.log && { cat tables.tex; fail "a table is wider than the page"; }
  [ -s paper.pdf ] || fail "there is no page"
}
