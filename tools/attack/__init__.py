"""An attack on the published view: what can be worked out of the people behind its figures, by somebody who has all of them.

    python -m tools.attack --cells 500 [--parts city wire offices controls utility]

`asks` puts every question with every choice as the lowest role, `collect` keeps each figure and word that the reader gave, `invert`
turns a printed form into limits of the true count, `cells` finds the smallest pieces that the figures tell apart and the sensitive cells
among what they leave (true counts of 1 to 9, differences included), `solve` asks for the least and the most that each may be.
"""
