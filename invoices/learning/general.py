"""How much each fact of a foretold line weighs, for clients in general: written by
`python -m tests.simulation.general`. A block per group of `calibration.GROUPS`, in the order of
`calibration.FACTS`."""

WEIGHTS: tuple[float, ...] = (
    # always
    1.784,  # bias
    0.188,  # logit
    -0.053,  # steep
    -2.305,  # few
    -0.049,  # new_words
    1.954,  # rare_text
    -0.841,  # surprise
    0.147,  # text_run
    0.502,  # run
    -0.689,  # turned
    0.618,  # strange
    -0.587,  # beyond
    -1.934,  # shapes
    # new text
    -0.858,  # bias
    -0.076,  # logit
    0.051,  # steep
    -3.010,  # few
    0.566,  # new_words
    -0.858,  # rare_text
    -0.842,  # surprise
    0.000,  # text_run
    0.445,  # run
    0.342,  # turned
    0.097,  # strange
    0.269,  # beyond
    0.826,  # shapes
    # several places
    -0.906,  # bias
    0.579,  # logit
    0.374,  # steep
    -1.473,  # few
    -0.438,  # new_words
    -0.421,  # rare_text
    0.252,  # surprise
    0.415,  # text_run
    -0.861,  # run
    -0.093,  # turned
    -0.197,  # strange
    0.318,  # beyond
    0.908,  # shapes
    # new text, several places
    0.252,  # bias
    -0.019,  # logit
    0.624,  # steep
    1.560,  # few
    -0.967,  # new_words
    0.252,  # rare_text
    0.841,  # surprise
    0.000,  # text_run
    -0.470,  # run
    0.937,  # turned
    0.050,  # strange
    -0.427,  # beyond
    -0.189,  # shapes
)
