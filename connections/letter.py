"""The letter for whoever manages Exact at the client: what to tick, where, and why, on one page.

    letter("Bakkerij Jansen", 123456, "M. de Boer", ["write_entries", "mailbox"], "nl").pdf()

It names what is missing and nothing else. Without a finding that the client can mend it lists every right, as a
checklist before the first connection.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from connections.remedies import Text, paths
from connections.remedies.text import spoken
from connections.remedies.ticks import TICKS, Tick

if TYPE_CHECKING:
    from fpdf import FPDF  # loads 40 MB, which no worker needs to read invoices

_TITLE = Text("Exact Online klaarzetten voor de koppeling", "Preparing Exact Online for the connection")
_ABOUT = Text(
    "Inkoopfacturen van {organisation} worden automatisch in Exact Online gezet. De koppeling werkt als de gebruiker "
    "{exact_user}, in de administratie met nummer {division}. Daarvoor is nog het volgende nodig. Alleen wie in Exact "
    "gebruikers mag beheren, kan dit doen; het kost ongeveer vijf minuten.",
    "Purchase invoices of {organisation} are put into Exact Online automatically. The connection works as the user "
    "{exact_user}, in the administration with number {division}. For that the following is still needed. Only "
    "somebody who may manage users in Exact can do it; it takes about five minutes.",
)
_FIRST = Text("Eerst", "First")
_RIGHTS = Text("Rechten aanvinken", "Tick the rights")
_STEPS = (
    Text(
        f"Log in bij Exact Online en ga naar {paths.USERS.nl}.",
        f"Sign in at Exact Online and go to {paths.USERS.en}.",
    ),
    Text("Open {exact_user} en kies Rechten.", "Open {exact_user} and choose Rights."),
    Text("Zet een vinkje bij elke regel hieronder, en bewaar.", "Tick every line below, and save."),
)
_COLUMNS = (Text("Tabblad", "Tab"), Text("Recht", "Right"), Text("Waarvoor", "What for"))
_AFTER = Text(
    "Klaar? Dan hoeft u niets te melden: de koppeling controleert zichzelf en gaat vanzelf verder. Staat een recht er "
    "niet bij? Dan hoort het bij uw pakket onder een andere naam; de woorden in Exact verschillen iets per pakket.",
    "Done? You need not tell anybody: the connection checks itself and goes on by itself. Is a right not there? Then "
    "your package has it under another name; the words in Exact differ a little per package.",
)
_SAFE = Text(
    "Wij vragen nooit om een wachtwoord. Ons advies: geef de koppeling een eigen Exact-gebruiker met precies deze "
    "rechten, en laat twee mensen weten hoe die inlogt.",
    "We never ask for a password. Our advice: give the connection an Exact user of its own with exactly these rights, "
    "and let two people know how it signs in.",
)

_TASKS: dict[str, tuple[Text, ...]] = {
    "user": (
        Text(
            f"Maak een volledige Exact-gebruiker voor de koppeling, dus geen MijnKantoor-gebruiker: {paths.USERS.nl}.",
            f"Make a full Exact user for the connection, so not a MijnKantoor (client portal) user: {paths.USERS.en}.",
        ),
    ),
    "division": (
        Text(
            f"Geef {{exact_user}} toegang tot administratie {{division}}: {paths.USERS.nl}, open de gebruiker, "
            f"{paths.COMPANY_ACCESS.nl}.",
            f"Give {{exact_user}} access to administration {{division}}: {paths.USERS.en}, open the user, "
            f"{paths.COMPANY_ACCESS.en}.",
        ),
        Text(
            f"Geef de app toegang tot administratie {{division}}, ingelogd als {{exact_user}}: "
            f"{paths.APP_PERMISSIONS.nl}.",
            f"Give the app access to administration {{division}}, signed in as {{exact_user}}: "
            f"{paths.APP_PERMISSIONS.en}.",
        ),
    ),
    "licence": (
        Text(
            f"Zorg voor een betaald abonnement waar de digitale brievenbus bij hoort: {paths.SUBSCRIPTION.nl}.",
            f"See to a paid subscription that includes the digital mailbox: {paths.SUBSCRIPTION.en}.",
        ),
    ),
    "token": (
        Text(
            "Log één keer opnieuw in via de link die u van uw kantoor krijgt.",
            "Sign in once more by the link that your accounting firm sends you.",
        ),
    ),
    "purchase_journal": (
        Text(
            f"Maak een dagboek van de soort Inkoop, of haal de blokkade eraf: {paths.JOURNALS.nl}.",
            f"Make a journal of the type Purchase, or lift its block: {paths.JOURNALS.en}.",
        ),
    ),
}
"""What a check asks for that is no tick on the page of rights."""


@dataclass(frozen=True)
class Row:
    """One right to tick."""

    tab: str
    right: str
    why: str


@dataclass(frozen=True)
class Letter:
    """The letter's words, in one language, ready to be shown or printed."""

    language: str
    title: str
    about: str
    tasks: tuple[str, ...]
    steps: tuple[str, ...]
    rows: tuple[Row, ...]
    after: str
    safe: str

    def html(self) -> str:
        """A whole page of its own, with a style for the printer."""
        return render_to_string("connections/letter.html", {"letter": self, **self._headings()})

    def pdf(self) -> bytes:
        """The same on one A4: in the largest size of type that fits."""
        for size in (10.5, 10, 9.5, 9, 8.5, 8):
            page = self._typeset(size)
            if page.page == 1:
                break
        return bytes(page.output())

    def _headings(self) -> dict[str, Any]:
        return {
            "first": _FIRST.render(language=self.language),
            "rights": _RIGHTS.render(language=self.language),
            "columns": [column.render(language=self.language) for column in _COLUMNS],
        }

    def _typeset(self, size: float) -> "FPDF":
        from fpdf import FPDF

        headings, height = self._headings(), size * 0.5
        page = FPDF(format="A4")
        # A built-in font: every reader has it, and nothing has to be shipped. It knows the letters of Western Europe.
        page.core_fonts_encoding = "cp1252"
        page.set_title(_printable(self.title))
        page.set_lang(self.language)
        page.set_margins(22, 20)
        page.set_auto_page_break(True, 15)
        page.add_page()

        def text(words: str, *, style: str = "", bigger: float = 0, after: float = 3) -> None:
            page.set_font("Helvetica", style, size + bigger)
            page.multi_cell(
                0, height + bigger * 0.4, _printable(words), align="L", new_x="LMARGIN", new_y="NEXT"
            )
            page.ln(after)

        text(self.title, style="B", bigger=6, after=4)
        text(self.about, after=5)
        if self.tasks:
            text(headings["first"], style="B", bigger=1.5, after=1)
            for task in self.tasks:
                text(f"•  {task}", after=1)
            page.ln(3)
        if self.rows:
            text(headings["rights"], style="B", bigger=1.5, after=1)
            for number, step in enumerate(self.steps, 1):
                text(f"{number}.  {step}", after=0.5)
            page.ln(2)
            _table(page, headings["columns"], self.rows, size)
            page.ln(4)
        text(self.after)
        text(self.safe, after=0)
        return page


def letter(
    organisation_name: str, division: int | str | None, exact_user: str, missing: Sequence[str], language: str
) -> Letter:
    """The letter about these of the doctor's checks, those that are missing; `language` is "nl" or "en"."""
    language = spoken(language)
    values = {"organisation": organisation_name[:80], "division": division, "exact_user": exact_user[:60]}
    tasks = [task for check in dict.fromkeys(missing) for task in _TASKS.get(check, ())]
    ticks = [TICKS[check] for check in missing if check in TICKS]
    if not tasks and not ticks:
        ticks = list(TICKS.values())

    def words(text: Text) -> str:
        return text.render(values, language)

    return Letter(
        language=language,
        title=words(_TITLE),
        about=words(_ABOUT),
        tasks=tuple(words(task) for task in tasks),
        steps=tuple(words(step) for step in _STEPS),
        rows=_rows(ticks, language),
        after=words(_AFTER),
        safe=words(_SAFE),
    )


def _rows(ticks: Iterable[Tick], language: str) -> tuple[Row, ...]:
    """One row per tick, with every reason for it."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for tick in ticks:
        key = (tick.tab.render(language=language), tick.right.render(language=language))
        why = tick.why.render(language=language)
        if why not in reasons.setdefault(key, []):
            reasons[key].append(why)
    return tuple(Row(tab, right, "; ".join(whys)) for (tab, right), whys in reasons.items())


def _table(page: "FPDF", columns: Sequence[str], rows: Iterable[Row], size: float) -> None:
    from fpdf import FontFace

    page.set_font("Helvetica", "", size - 0.5)
    with page.table(
        col_widths=(6, 40, 64, 56),
        text_align="LEFT",
        borders_layout="HORIZONTAL_LINES",
        line_height=size * 0.48,
        padding=1.2,
    ) as table:
        head = table.row()
        for column in ("", *columns):
            head.cell(_printable(column))
        for row in rows:
            line = table.row()
            line.cell("o", style=FontFace(family="ZapfDingbats"))  # an empty box to tick
            for words in (row.tab, row.right, row.why):
                line.cell(_printable(words))


def _printable(text: str) -> str:
    """In letters that the font has: an arrow becomes ›, and a letter from further away its nearest one."""
    text = text.replace("→", "›")
    return "".join(_nearest(letter) for letter in text)


_FAR = {"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i"}  # letters that Unicode does not take apart


def _nearest(letter: str) -> str:
    for attempt in (letter, _FAR.get(letter, letter), unicodedata.normalize("NFKD", letter)[:1]):
        try:
            attempt.encode("cp1252")
        except UnicodeEncodeError:
            continue
        return attempt
    return "?"
