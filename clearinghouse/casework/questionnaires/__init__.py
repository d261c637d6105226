"""Questionnaires to a council's staff: building, sending, answering by link, closing, and what came of them."""
