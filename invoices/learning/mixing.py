"""Which account (or VAT code, or cost centre) a supplier's next line goes to: a mixture of views.

For each view and group a `Regime` holds the belief about the policy behind it. The views are weighed by how well each
foretold the bookings so far, one after another (prequentially: Dawid 1984). A view that never saw such a line has no
say and keeps its weight (sleeping experts: Freund et al. 1997); a little weight is given back each time, so that a
supplier whose bookkeeping changes its ways is followed (fixed share: Herbster & Warmuth 1998).
What comes out is a probability for each value, and how much each view has to do with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import Any

from invoices.learning.amounts import Amounts
from invoices.learning.lines import Line, plain, tokens
from invoices.learning.regimes import Rates, Regime, Say, Spread, Value, add
from invoices.learning.views import (
    AMOUNT_PRIOR,
    NAMES,
    TEXT_AMOUNT_PRIOR,
    VIEWS,
    WORDS_PRIOR,
)

SHARE = 0.003  # weight given back to the priors at each booking
FLOOR = 1e-3  # chance of a value that nothing speaks for
WHOLE_VOTES = 0.4  # of the whole supplier against a word that has shown nothing yet
MOST_GROUPS = 400  # per view; texts with numbers in them are new every time
_given = [*(view.prior for view in VIEWS), WORDS_PRIOR, AMOUNT_PRIOR, TEXT_AMOUNT_PRIOR]
PRIORS = [prior / sum(_given) for prior in _given]

Groups = dict[str, Regime | list[Any]]


def _regime(groups: Groups, key: str) -> Regime | None:
    """The group's regime; one that came from storage is unpacked when it is first asked for."""
    found = groups.get(key)
    if isinstance(found, list):
        found = groups[key] = Regime.from_json(found)
    return found


class Mixture:
    """One slot of one supplier: the account, say."""

    __slots__ = ("amounts", "by_word", "groups", "weights")

    def __init__(self) -> None:
        self.weights = list(PRIORS)
        self.groups: list[Groups] = [{} for _ in VIEWS]
        self.by_word: Groups = {}
        self.amounts: dict[str, Amounts] = {}

    def whole(self) -> Regime | None:
        """The supplier's lines taken together."""
        return _regime(self.groups[0], "")

    def gain_of(self, word: str) -> float:
        """By how much a word foretold better than the supplier as a whole, so far."""
        regime = _regime(self.by_word, word)
        return regime.gain if regime is not None else -1.0

    # --- Foretelling -------------------------------------------------------------------------------------

    def views_of(self, line: Line, account: str, base: Spread) -> tuple[Spread, list[Say | None]]:
        """What the supplier's lines taken together expect, and what each view says, in the order of NAMES.

        None: a view never saw such a line and has no say. What a view leaves open goes as the whole does. `base` is
        what the client at large does, for what this supplier says nothing of.
        """
        first = self.whole()
        whole = base if first is None else first.expect(base)
        out: list[Say | None] = [({}, 1.0)]
        for view, groups in zip(VIEWS[1:], self.groups[1:], strict=True):
            key = view.key(line, account)
            regime = None if key is None else _regime(groups, key)
            out.append(None if regime is None else regime.say())
        out.append(self._by_words(tokens(line.text)))
        for scope in ("", plain(line.text)):
            known = self.amounts.get(scope)
            out.append(known.say(abs(line.amount)) if known else None)
        return whole, out

    def _by_words(self, found: Sequence[str]) -> Say | None:
        """The words that were seen before, each weighed by how much better than the whole it foretold so far."""
        known = [r for r in (_regime(self.by_word, word) for word in found) if r is not None]
        if not known:
            return None
        voters = [(exp(regime.gain), regime) for regime in known]
        total = WHOLE_VOTES + sum(weight for weight, _ in voters)
        spread: Spread = {}
        left = WHOLE_VOTES / total
        for weight, regime in voters:
            own, open_ = regime.say()
            add(spread, own, weight / total)
            left += open_ * weight / total
        return spread, left

    def expect(self, line: Line, account: str, base: Spread) -> Spread:
        """The probability of each value for this line, the likeliest first."""
        whole, views = self.views_of(line, account, base)
        awake = sum(weight for weight, view in zip(self.weights, views, strict=True) if view is not None)
        spread: Spread = {}
        left = 0.0
        for weight, view in zip(self.weights, views, strict=True):
            if view is not None:
                add(spread, view[0], weight / awake)
                left += view[1] * weight / awake
        add(spread, whole, left)
        return likeliest_first(spread)

    def reasons(self, line: Line, account: str, base: Spread, value: Value) -> list[tuple[str, float]]:
        """Which views speak for this value: (name, share of all that speaks for anything), the strongest first."""
        whole, views = self.views_of(line, account, base)
        awake = sum(w for w, view in zip(self.weights, views, strict=True) if view is not None)
        shares = [
            (name, weight / awake * _chance(view, value, whole))
            for name, weight, view in zip(NAMES, self.weights, views, strict=True)
            if view is not None
        ]
        return sorted(shares, key=lambda one: -one[1])

    # --- Learning ----------------------------------------------------------------------------------------

    def learn(self, line: Line, account: str, value: Value, base: Spread, rates: Rates) -> float:
        """Take in a booking: weigh the views by what they had expected, then tell each. How expected it was."""
        spread, views = self.views_of(line, account, base)
        chance = self._weigh([view and _chance(view, value, spread) for view in views], rates)
        whole = spread.get(value, 0.0) + FLOOR
        for i, view in enumerate(VIEWS):
            key = view.key(line, account)
            if key is not None:
                _told(self.groups[i], key, value, whole if i else base.get(value, 0.0) + FLOOR, rates)
        for word in tokens(line.text):
            _told(self.by_word, word, value, whole, rates)
        for scope in ("", plain(line.text)):
            self.amounts.setdefault(scope, Amounts()).learn(abs(line.amount), value)
        if len(self.amounts) > MOST_GROUPS:
            del self.amounts[next(key for key in self.amounts if key)]
        return chance

    def _weigh(self, chances: Sequence[float | None], rates: Rates) -> float:
        """Weigh the views by the chance that each gave to what came; how expected it was."""
        floor = rates.slip * rates.scatter + FLOOR
        before = after = 0.0
        weights = list(self.weights)
        for i, chance in enumerate(chances):
            if chance is not None:
                before += weights[i]
                weights[i] *= (1 - rates.slip) * chance + floor
                after += weights[i]
        for i, chance in enumerate(chances):
            if chance is not None:
                weights[i] *= before / after
        self.weights = [(1 - SHARE) * w + SHARE * prior for w, prior in zip(weights, PRIORS, strict=True)]
        return after / before

    # --- Keeping -----------------------------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        return {
            "weights": [round(weight, 6) for weight in self.weights],
            "groups": {
                view.name: _packed(groups) for view, groups in zip(VIEWS, self.groups, strict=True) if groups
            },
            "words": _packed(self.by_word),
            "amounts": {scope: one.seen for scope, one in self.amounts.items()},
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Mixture:
        self = cls()
        self.weights = kept["weights"]
        self.groups = [kept["groups"].get(view.name, {}) for view in VIEWS]
        self.by_word = kept["words"]
        self.amounts = {
            scope: Amounts([(amount, value) for amount, value in seen])
            for scope, seen in kept["amounts"].items()
        }
        return self


def likeliest_first(spread: Spread) -> Spread:
    return dict(sorted(spread.items(), key=lambda one: -one[1]))


def _chance(view: Say, value: Value, whole: Spread) -> float:
    own, left = view
    return own.get(value, 0.0) + left * whole.get(value, 0.0)


def _told(groups: Groups, key: str, value: Value, base: float, rates: Rates) -> None:
    regime = _regime(groups, key)
    if regime is None:
        regime = groups[key] = Regime()
        if len(groups) > MOST_GROUPS:
            del groups[next(iter(groups))]
    regime.learn(value, base, rates)


def _packed(groups: Groups) -> dict[str, Any]:
    return {key: one if isinstance(one, list) else one.to_json() for key, one in groups.items()}
