"""Did it work? Designs that can carry a causal word, and the rule that says when one may be said.

`panel` what is compared · `groups` group-time average effects · `bands` simultaneous bands · `bacon` what a two-way coefficient is made of ·
`rollout` a start by districts at different months · `series` one city's series broken once · `synthetic` one district against a weighted mean of others ·
`honest` how far trends may differ · `confounding` E-value and regression to the mean · `registration` what is fixed before looking · `power` what the past
lets one detect · `verdict` the rule. Pure functions of arrays: no store, no clock, every draw from a seed that is given.
"""
