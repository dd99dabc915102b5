"""`python -m bridge.cli`: the command, where its script is not on the path."""

from bridge.cli import main

if __name__ == "__main__":
    main(prog_name="inferpipe-bridge")
