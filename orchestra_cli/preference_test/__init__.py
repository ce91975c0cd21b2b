"""`orchestra prefs test`: what preferences change, measured where no call costs anything.

The loop, the policy, the toolbox, the slots and the steering are those of `orchestra ask`; only the
experts are simulated (`simulated`), so that every preset meets the same world. `runs` plays it,
`adherence` scores it as the paper does, `sweep` moves one weight, `report` prints.
"""
