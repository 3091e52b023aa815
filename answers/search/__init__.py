"""Finding: places, measures, programmes, terms and questions by a few signs of their names."""
