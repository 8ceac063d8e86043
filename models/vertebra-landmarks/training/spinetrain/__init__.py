"""Training, export and evaluation of Backstop's three spine networks."""
