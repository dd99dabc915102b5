"""`python -m bridge.sandbox`: the sandbox alone, without the rest of the bridge's command."""

from bridge.sandbox.command import sandbox

if __name__ == "__main__":
    sandbox(prog_name="python -m bridge.sandbox")
