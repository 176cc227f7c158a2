"""A picture of what members see, for the README: messages of the sandbox, drawn as clients do."""
