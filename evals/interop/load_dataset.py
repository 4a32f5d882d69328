#!/usr/bin/env python3
"""Load a directory that feedbackgen has written with the Hugging Face datasets library.

Checks, for the directory as it is and for each configuration by name: that it loads, that the features are those that
README.md declares, that no column is of nulls, and that every row says what its line says. Ends with 1 and the reason
if one of these fails.
"""

import json
import pathlib
import sys
import tempfile

import yaml
from datasets import Features, load_dataset


def null_columns(column, feature, path):
    """Yields the paths of columns that are null wherever there could be a value."""
    present = [value for value in column if value is not None]
    if not present:
        yield path
    elif isinstance(feature, dict):
        for name, inner in feature.items():
            yield from null_columns([value[name] for value in present], inner, f"{path}.{name}")
    elif hasattr(feature, "feature"):
        elements = [element for value in present for element in value]
        if elements:
            yield from null_columns(elements, feature.feature, f"{path}[]")


def without_nulls(value):
    """Leaves out the keys that a line does not have and that Arrow therefore fills with null."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value]
    return value


def check(directory, name, features, cache):
    loaded = load_dataset(str(directory), name, split="train", cache_dir=cache)
    assert loaded.features == features, f"{name}: features are\n{loaded.features}\ndeclared are\n{features}"
    assert "Value('null')" not in str(loaded.features), f"{name}: a column of nulls in {loaded.features}"
    rows = loaded.to_list()
    for column, feature in loaded.features.items():
        nulls = list(null_columns([row[column] for row in rows], feature, column))
        assert not nulls, f"{name}: nothing but null in {nulls}"
    with open(directory / f"{name}.jsonl", encoding="utf-8") as lines:
        want = [json.loads(line) for line in lines]
    assert len(rows) == len(want), f"{name}: {len(rows)} rows of {len(want)} lines"
    for number, (row, line) in enumerate(zip(rows, want), 1):
        assert without_nulls(row) == line, f"{name}.jsonl:{number}:\n{line}\nwas loaded as\n{row}"
    print(f"{name}: {len(rows)} rows, features as declared")


def main():
    here = pathlib.Path(__file__).resolve()
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parents[2] / "export" / "testdata" / "sample"
    card = yaml.safe_load((directory / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    features = {info["config_name"]: Features._from_yaml_list(info["features"]) for info in card["dataset_info"]}
    # A run that took its problems from standard input keeps them beside its records.
    files = {path.stem for path in directory.glob("*.jsonl")} - {"problems", "dropped", "repriced"}
    assert files == set(features), f"there are {sorted(files)}, declared are {sorted(features)}"
    with tempfile.TemporaryDirectory() as cache:
        default = load_dataset(str(directory), cache_dir=cache)
        first = next(config["config_name"] for config in card["configs"] if config.get("default"))
        assert default["train"].features == features[first], f"the default is not {first}"
        for name in features:
            check(directory, name, features[name], cache)


if __name__ == "__main__":
    try:
        main()
    except AssertionError as failure:
        sys.exit(str(failure))
