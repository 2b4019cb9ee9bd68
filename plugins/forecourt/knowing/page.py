"""The last run as a page for those who look after the hub. It asks nobody for anything, and runs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from forecourt.desk.writing import privately
from forecourt.knowing import showing
from forecourt.knowing.alerts import Open
from forecourt.knowing.records import Run
from forecourt.knowing.showing import Table


def page(run: Run, told: Sequence[Open] = ()) -> str:
    """What the run did, as HTML. ``told`` is what people know of and is not over."""
    needs = showing.people(run, told)
    wants = "".join(f"<li>{escape(each)}</li>" for each in needs) or "<li>Nothing.</li>"
    facts = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(said)}</td></tr>'
        for name, said in showing.facts(run)
    )
    tables = map(_table, (showing.steps(run), showing.tokens(run), showing.amiss(run), showing.sources(run)))
    return privately(
        f"The hub as of {showing.moment(run.ended)}",
        f"<p><strong>{escape(showing.verdict(run))}</strong></p><h2>What needs a person</h2><ul>{wants}</ul>\n"
        f"<table><caption>The run</caption><tbody>{facts}</tbody></table>\n{''.join(tables)}",
    )


def _table(table: Table) -> str:
    if not table.rows:
        return ""
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in table.heads)
    rows = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in table.rows
    )
    return (
        f"<h2>{escape(table.caption)}</h2><table><caption>{escape(table.caption)}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>\n"
    )
