"""Answers: one question, put with its choices, by somebody with a right to see so much, on one state of the data.

An answer holds everything that any face needs (screen, paper, file, wire) and nothing of any face. No Streamlit, HTML,
session or clock stands here. `registry` lists the questions; `reader.Reader` is the only door to figures.
"""
