"""The installed hveto, driven in this process on given trigger files, and kept alive by patches."""
