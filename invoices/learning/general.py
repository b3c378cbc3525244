"""What holds for clients in general: written by `python -m tests.simulation.general`.

WEIGHTS: how much each fact of a foretold line weighs, a block per group of `calibration.GROUPS`, in the order of
`calibration.FACTS`. CURVE: the share of lines from a confidence on that were wrong.
"""

WEIGHTS: tuple[float, ...] = (
    # always
    1.415,  # bias
    0.332,  # logit
    -0.057,  # steep
    -2.088,  # few
    0.234,  # new_words
    2.418,  # rare_text
    -0.766,  # surprise
    0.153,  # text_run
    1.156,  # run
    -1.015,  # turned
    0.437,  # strange
    -0.888,  # beyond
    -1.717,  # shapes
    0.350,  # outside
    -0.064,  # quiet
    -0.558,  # many
    # new text
    -0.827,  # bias
    -0.085,  # logit
    0.489,  # steep
    -2.819,  # few
    -0.242,  # new_words
    -0.827,  # rare_text
    -0.075,  # surprise
    0.000,  # text_run
    -0.058,  # run
    1.095,  # turned
    -0.070,  # strange
    -0.257,  # beyond
    0.485,  # shapes
    0.472,  # outside
    0.186,  # quiet
    -0.260,  # many
    # several places
    -0.668,  # bias
    0.371,  # logit
    0.308,  # steep
    1.362,  # few
    -0.989,  # new_words
    -0.040,  # rare_text
    0.321,  # surprise
    0.397,  # text_run
    -1.490,  # run
    0.324,  # turned
    0.241,  # strange
    1.605,  # beyond
    0.914,  # shapes
    -1.689,  # outside
    -0.134,  # quiet
    0.761,  # many
)

CURVE: dict[float, float] = {
    0.8: 0.0278,
    0.81: 0.0272,
    0.82: 0.0252,
    0.83: 0.0243,
    0.84: 0.0234,
    0.85: 0.0224,
    0.86: 0.0214,
    0.87: 0.0208,
    0.88: 0.0198,
    0.89: 0.0187,
    0.9: 0.0173,
    0.91: 0.0163,
    0.92: 0.0159,
    0.93: 0.0142,
    0.94: 0.0129,
    0.95: 0.0107,
    0.96: 0.0089,
    0.97: 0.0074,
    0.98: 0.0062,
    0.99: 0.0050,
}
