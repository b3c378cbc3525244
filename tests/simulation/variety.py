"""Parameters of worlds that differ from each other, so that nothing is tuned to one of them."""

from random import Random

from tests.simulation.worlds import Params


def varied(seed: int | str, clients: int = 2) -> Params:
    """A firm of some kind: small or large, calm or restless, with texts that tell much or little."""
    rng = Random(f"variety/{seed}")
    return Params(
        clients=clients,
        suppliers=rng.choice((25, 60, 120)),
        invoices=rng.choice((300, 600, 900, 1500)),
        zipf=rng.uniform(0.8, 1.3),
        by_text=rng.uniform(0.15, 0.45),
        by_amount=rng.uniform(0, 0.15),
        by_period=rng.uniform(0, 0.1),
        by_season=rng.uniform(0, 0.05),
        by_text_and_amount=rng.uniform(0, 0.06),
        own_account=rng.uniform(0.1, 0.7),
        centres=rng.uniform(0, 0.7),
        drift=rng.uniform(0, 0.3),
        new_text=rng.uniform(0.03, 0.2),
        blind_text=rng.uniform(0, 0.25),
        slips=rng.uniform(0, 0.04),
    )
