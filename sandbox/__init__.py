"""Local stand-ins for Discord and ModelsLab, and the bot run against them."""
