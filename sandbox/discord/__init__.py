"""A local stand-in for Discord: REST, gateway and CDN, with its documented refusals."""
