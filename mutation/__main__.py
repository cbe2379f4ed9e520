"""Mutation testing of the values and the ledger.

    python -m mutation                  every module; continues where it was stopped
    python -m mutation amounts posting  these modules, and those of these wings
    python -m mutation --write          also write docs/mutation.md
    python -m mutation --report         run no tests, show the results so far

Results are kept below `mutants/`.  Remove the folder to start again.
"""

from __future__ import annotations

import argparse
import os
import sys

from mutation import asking, scores
from mutation.mutants import modules, mutants, name_of, names


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("modules", nargs="*", help="such as amounts, evidence.audit or posting")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="mutants tried at a time")
    parser.add_argument("--patience", type=int, default=asking.PATIENCE, help="seconds of tests for a mutant")
    parser.add_argument("--write", action="store_true", help="write docs/mutation.md")
    parser.add_argument("--report", action="store_true", help="try nothing")
    options = parser.parse_args()
    known = set().union(*map(names, modules()))
    if strangers := sorted(set(options.modules) - known):
        parser.error(f"no such module: {', '.join(strangers)}; there are {', '.join(sorted(known))}")
    made = {name_of(path): found for path in modules() if (found := mutants(path))}
    chosen = {
        name_of(path): made[name_of(path)]
        for path in modules()
        if name_of(path) in made and (not options.modules or names(path) & set(options.modules))
    }

    reasons = scores.with_reason()
    if not options.report:
        known_of, state = asking.verdicts(), asking.all_asked()
        told = {
            each["id"]
            for each in known_of.values()
            if each["by"] is not None
            or (each["state"] == state and each.get("patience", 0) >= options.patience)
        }
        told |= known_of.keys() & {
            each.id for found in chosen.values() for each in found if scores.survivor(each) in reasons
        }
        pending = [mutant for found in chosen.values() for mutant in found if mutant.id not in told]
        if pending:
            asking.ask(pending, options.workers, options.patience)

    verdicts = asking.verdicts()
    tried = [scores.score(module, chosen[module], verdicts) for module in chosen]
    survivors = {survivor for each in tried for survivor in each.survivors}
    for survivor in sorted(survivors - reasons):
        print(f"\n{survivor}", end="")
    done = {each.module for each in tried if not each.untried}
    for gone in sorted(reasons - survivors):
        if any(gone.where.startswith(f"{module}.") for module in done):
            print(
                f"\nno longer a survivor, take it out of {scores.SURVIVORS.name}: {gone.where}: {gone.after}"
            )
    print(f"\n{scores.table(tried)}")
    if options.write:
        everything = [scores.score(module, each, verdicts) for module, each in made.items()]
        scores.PAGE.write_text(scores.page(everything), "utf-8")
    if low := [each.module for each in tried if not each.is_enough]:
        sys.exit(f"below {scores.LEAST}%: {', '.join(low)}")


if __name__ == "__main__":
    main()
