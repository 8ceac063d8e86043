"""The server's rungs in metrics.json bear the names that rungs a and b use."""

from spinetrain.evaluate import with_common_names

AGREEMENT = {"n": 3, "bias": 1.5, "biasCi": [1.0, 2.0], "limits": 7.0, "limitsCi": [6.0, 8.0]}
FALSE = {"of": 10, "count": 1, "rate": 0.1, "ci": [0.02, 0.4]}


def test_bias_limits_and_specificity_have_their_names_in_every_part() -> None:
    rung = {"vertebrae": 12, "loss": AGREEMENT, "sensG2": {"of": 2, "count": 2, "rate": 1.0, "ci": [0.3, 1.0]}, "falseG2": FALSE}
    named = with_common_names({**rung, "mr": rung, "scans": [{"name": "one", "falseG2": 0}]})
    for part in (named, named["mr"]):
        assert (part["lossBiasPoints"], part["lossLimitsPoints"]) == (1.5, 7.0)
        assert part["specG2"] == {"of": 10, "count": 9, "rate": 0.9, "ci": [0.6, 0.98]}
        assert part["loss"] == AGREEMENT
    assert named["scans"] == [{"name": "one", "falseG2": 0}]


def test_an_implant_is_a_vertebra_and_what_was_not_measured_gets_no_name() -> None:
    named = with_common_names({"implants": 54, "loss": None, "falseG2": FALSE, "byShape": {"wedge": {"loss": AGREEMENT}}})
    assert named["vertebrae"] == 54
    assert "lossBiasPoints" not in named and "specG2" not in named
    assert named["byShape"]["wedge"]["lossBiasPoints"] == 1.5
