"""What the sandbox says no with: one exception, from which the wire answer follows.

`Refused` is any answer that is not a success. Exact's error body is the same for all of them; what differs is
the status, the sentence and sometimes a `Reason` header. Business refusals carry the sentence in two languages,
because Exact answers in the language of the user (picqer#325, picqer#416).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sentence:
    """One validation message in the languages of the sandbox's users."""

    nl: str
    en: str

    def in_language(self, language: str) -> str:
        return self.nl if language.lower().startswith("nl") else self.en


@dataclass
class Refused(Exception):
    """An answer with an error body.

    `message` is the plain text of the body; `raw` replaces the whole body (bytes, with its content type).
    """

    status: int
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str | None = None


class Invalid(Exception):
    """Business validation failed: HTTP 500, the messages joined by CR LF in the user's language.

    Exact reports these as 500, not 400 (picqer#325, #416, #249, #161).
    """

    def __init__(self, *sentences: Sentence) -> None:
        super().__init__(*sentences)
        self.sentences = sentences

    def text(self, language: str) -> str:
        return "\r\n".join(sentence.in_language(language) for sentence in self.sentences)
