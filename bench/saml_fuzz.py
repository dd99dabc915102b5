"""Valid SAML responses of every kind are damaged and shown to the gate: each is refused, or read as it was meant.

    python -m bench.saml_fuzz [--mutants 100000] [--seed N] [--only N] [--quick] [--keep FOLDER]

Octets, text, attributes, elements, whole assertions; what is encrypted is damaged inside, too (bench/saml_fuzzing/). Nothing
but Untrusted may be raised, no message may cost 0.5 s of CPU, and what is accepted must say what the original says, to the
letter. Keys are made anew in each run, so the same seed makes the same damage to other signatures; `--keep` writes down each
message that gave rise to a complaint.
"""

import sys
import time
from pathlib import Path
from random import Random

import click

from bench.report import Report, say, table
from bench.saml_fuzzing.judge import Judge, Verify
from bench.saml_fuzzing.mutants import mutant
from bench.saml_fuzzing.originals import originals
from bridge.saml.gate import verify


def run(mutants: int, seed: int, *, gate: Verify = verify, progress: bool = False) -> Judge:
    """So many mutants, each judged."""
    known = originals(Random(seed))
    judge = Judge(gate, known)
    for number in range(mutants):
        original, message = mutant(seed, number, known)
        judge.judge(number, original, message)
        if progress and number % 10_000 == 9_999:
            say(f"{number + 1:,} mutants, {len(judge.complaints)} complaints")
    return judge


def show(number: int, seed: int) -> Report:
    """One mutant, and what becomes of it."""
    report, known = Report(), originals(Random(seed))
    judge, (original, message) = Judge(verify, known), mutant(seed, number, known)
    judge.judge(number, original, message)
    print(f"{original.name}\n{message}\n{dict(judge.answers)}")
    report.must(not judge.complaints, "".join(complaint.sentence for complaint in judge.complaints))
    return report


@click.command()
@click.option("--mutants", default=100_000, show_default=True)
@click.option("--seed", default=1, show_default=True, help="The same seed does the same damage.")
@click.option("--only", default=None, type=int, help="Show this one mutant and what becomes of it.")
@click.option("--quick", is_flag=True, help="2,000 mutants.")
@click.option("--keep", default=None, type=click.Path(path_type=Path), help="A folder for messages with complaints.")
def main(mutants: int, seed: int, only: int | None, quick: bool, keep: Path | None) -> None:
    """Damage, judge, count; exit code 1 if anything got in, fell over or cost too much."""
    if only is not None:
        sys.exit(show(only, seed).end("it is refused, or says what was meant"))
    mutants = 2_000 if quick else mutants
    began, used = time.monotonic(), time.process_time()
    judge = run(mutants, seed, progress=True)
    used = time.process_time() - used
    report = Report()
    for complaint in judge.complaints:
        report.must(False, f"mutant {complaint.number} of {complaint.original}: {complaint.sentence[:300]}")
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{seed}-{complaint.number}.b64").write_text(complaint.message)
    table(("answers", "number"), judge.answers.most_common())
    cpu, dearest = judge.dearest
    figures = [
        ("mutants", f"{mutants:,}"),
        ("seconds", f"{time.monotonic() - began:.0f}"),
        ("CPU ms a mutant, making included", f"{used / mutants * 1000:.2f}"),
        (f"CPU ms of the dearest (mutant {dearest})", f"{cpu * 1000:.1f}"),
    ]
    table((f"seed {seed}", ""), figures)
    sys.exit(report.end(f"nothing got in changed (seed {seed})"))


if __name__ == "__main__":
    main()
