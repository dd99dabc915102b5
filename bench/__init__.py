"""What the bridge costs and what it survives, measured against real processes: speed, `kill -9`, an outage, two tenants.

Each module is a command (`python -m bench`, `python -m bench.kill9`, …) whose exit code says whether its bars hold.
docs/benchmarks.md tells what each measures.
"""
