import pytest
from powplasma_build.settings import Native, native_wanted


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, Native.AUTO),
        ({"POWPLASMA_NATIVE": "auto"}, Native.AUTO),
        ({"POWPLASMA_NATIVE": "yes"}, Native.YES),
        ({"POWPLASMA_NATIVE": "no"}, Native.NO),
    ],
)
def test_settings(environ: dict[str, str], wanted: Native) -> None:
    assert native_wanted(environ) is wanted


@pytest.mark.parametrize("value", ["", "1", "YES", "maybe", "no "])
def test_anything_else_is_refused_in_one_line(value: str) -> None:
    with pytest.raises(SystemExit) as caught:
        native_wanted({"POWPLASMA_NATIVE": value})
    assert caught.value.code == f"POWPLASMA_NATIVE: {value!r} is not a setting (accepted: auto, yes, no)"
