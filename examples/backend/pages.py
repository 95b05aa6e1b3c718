"""The pages, as plain HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from html import escape
from pathlib import Path

from moco_async.models import AssignedProject

from .keeper import Keeper
from .mirror import Entry, Hours, Mirror
from .sign_in import Person

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


def hours(mirror: Mirror, keeper: Keeper, month: str, person: Person | None) -> str:
    first = date.fromisoformat(f"{month}-01")
    rows = mirror.hours(month)
    content = f"""
        <div class="title">
          <h1>{first:%B %Y}</h1>
          <nav>{_link_to(first - timedelta(days=1), "←", "previous month")}
               {_link_to(first + timedelta(days=31), "→", "next month")}</nav>
          {_figures(rows)}
        </div>
        {_by_project(rows)}
        <h2>Latest bookings</h2>
        {_entries(mirror.latest(month, 8))}
        <footer>{_in_step(mirror, keeper)}</footer>"""
    return _page(f"Hours by project, {first:%B %Y}", content, person)


def sign_in(people: Iterable[Person]) -> str:
    buttons = "".join(
        f'<button name="user" value="{each.id}"><i>{_initials(each.name)}</i>{escape(each.name)}</button>'
        for each in people
    )
    content = f"""
        <h1>Who are you?</h1>
        <p class="hint">This sign-in checks no password. A real service has its own.</p>
        <form method="post" class="people">{buttons}</form>"""
    return _page("Sign in", content, None)


def book(
    projects: Iterable[AssignedProject],
    person: Person,
    latest: list[Entry],
    given: Mapping[str, object],
    *,
    booked: Entry | None = None,
    problem: str = "",
) -> str:
    """The form, filled in with what was given before."""

    def filled(name: str) -> str:
        return f'name="{name}" value="{escape(str(given.get(name, "")))}"'

    content = f"""
        <h1>Book time</h1>
        {_notice(booked, problem)}
        <form method="post" class="card">
          <label class="wide">Project and task
            <select name="where" required>{_tasks(projects, given.get("where"))}</select></label>
          <label>Day <input type="date" required {filled("day")}></label>
          <label>Hours <input type="number" min="0.25" max="24" step="0.25" required {filled("hours")}></label>
          <label class="wide">What was done <input maxlength="500" {filled("description")}></label>
          <button class="main">Book as {escape(person.name)}</button>
        </form>
        <h2>Your latest bookings</h2>
        {_entries(latest)}"""
    return _page("Book time", content, person)


def _page(title: str, content: str, person: Person | None) -> str:
    if person:
        who = f"""<a href="/book">Book time</a><span>{escape(person.name)}</span>
            <form method="post" action="/sign-out"><button>Sign out</button></form>"""
    else:
        who = '<a href="/sign-in">Sign in</a>'
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{escape(title)}</title>
<style>{STYLE}</style>
<header><a href="/" class="name">Hours by project</a><div>{who}</div></header>
<main>{content}</main>
"""


def _link_to(day: date, arrow: str, label: str) -> str:
    return f'<a href="/?month={day:%Y-%m}" aria-label="{label}" title="{label}">{arrow}</a>'


def _figures(rows: list[Hours]) -> str:
    total, billable = sum(row.seconds for row in rows), sum(row.billable_seconds for row in rows)
    return f"""<dl><div><dt>Hours</dt><dd>{_hours(total)}</dd></div>
        <div><dt>Billable</dt><dd>{_share(billable, total)}</dd></div>
        <div><dt>Projects</dt><dd>{len(rows)}</dd></div></dl>"""


def _by_project(rows: list[Hours]) -> str:
    if not rows:
        return '<p class="card empty">Nothing was booked in this month.</p>'
    most = max(rows[0].seconds, 1)
    lines = "".join(
        f"""<tr><td><b>{escape(row.project)}</b><small>{escape(row.customer)}</small></td>
            <td class="bar"><div style="width: {100 * row.seconds / most:.1f}%">
              <div style="width: {100 * row.billable_seconds / max(row.seconds, 1):.1f}%"></div></div></td>
            <td class="number">{_hours(row.seconds)}</td>
            <td class="number">{_share(row.billable_seconds, row.seconds)}</td></tr>"""
        for row in rows
    )
    return f"""<table class="card"><thead><tr><th>Project</th><th class="bar"></th><th class="number">Hours</th>
        <th class="number">Billable</th></tr></thead><tbody>{lines}</tbody></table>"""


def _entries(entries: list[Entry]) -> str:
    lines = "".join(
        f"""<tr><td class="day">{date.fromisoformat(entry.date):%a %d %b}</td><td>{escape(entry.person)}</td>
            <td>{escape(entry.project)}<small>{escape(entry.description)}</small></td>
            <td class="number">{_hours(entry.seconds)}</td></tr>"""
        for entry in entries
    )
    return f'<table class="card">{lines}</table>' if entries else '<p class="card empty">None.</p>'


def _in_step(mirror: Mirror, keeper: Keeper) -> str:
    return (
        f"{mirror.count():,} activities in the local table · webhooks received since the start: {keeper.heard:,} · "
        f"compared with MOCO {_time(keeper.in_step)}"
    )


def _notice(booked: Entry | None, problem: str) -> str:
    if problem:
        return f'<p class="notice problem">{escape(problem)}</p>'
    if booked:
        return f"""<p class="notice">Booked {_hours(booked.seconds)} hours on {escape(booked.project)}.
            <a href="/?month={booked.date[:7]}">See the month</a></p>"""
    return ""


def _tasks(projects: Iterable[AssignedProject], chosen: object) -> str:
    groups = []
    for project in projects:
        options = ""
        for task in project.tasks:
            where, name = f"{project.id}:{task.id}", escape(f"{project.name}: {task.name}")
            if task.active:
                options += f'<option value="{where}"{" selected" if where == chosen else ""}>{name}</option>'
        groups.append(f'<optgroup label="{escape(project.customer.name)}">{options}</optgroup>')
    return "".join(groups)


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:,.2f}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _time(moment: datetime | None) -> str:
    return f"at {moment:%H:%M:%S} UTC" if moment else "not yet"


def _initials(name: str) -> str:
    return escape("".join(part[0] for part in name.split()[:2]))
