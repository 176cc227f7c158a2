"""The load side: Discord and the video service, as small as the bots allow, in one process."""
