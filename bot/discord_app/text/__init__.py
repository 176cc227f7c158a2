"""Words that every room's sentences are made of, and the sentences of refusals."""
