"""Who is who among processes that train together, as told by arguments and by launchers."""

import re

import keras
import pytest
from small_runs import small_recipe

import keras_sep_cli
from keras_sep import training
from keras_sep.training import Hosts

# what `srun --ntasks=4` and `mpirun -n 3` set, after their manuals
SLURM = {
    "SLURM_JOB_ID": "4711", "SLURM_STEP_NODELIST": "node[07-08]", "SLURM_NTASKS": "4",
    "SLURM_PROCID": "2", "SLURM_LOCALID": "0",
}  # fmt: skip
OPEN_MPI = {"OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_RANK": "1"}
OPEN_MPI_4 = {**OPEN_MPI, "OMPI_MCA_orte_hnp_uri": "1531576320.0;tcp://10.96.0.1:34911"}


@pytest.mark.parametrize(
    ("given", "environ", "hosts"),
    [
        (("node1", 4, 2), {}, Hosts("node1:8476", 4, 2)),
        (("node1:99", 4, 2), OPEN_MPI, Hosts("node1:99", 4, 2)),
        (("fe80::1", 2, 0), {}, Hosts("[fe80::1]:8476", 2, 0)),
        (("[fe80::1]:99", 2, 0), {}, Hosts("[fe80::1]:99", 2, 0)),
        (("auto",), SLURM, Hosts(None, 4, 2)),
        (("node07",), SLURM, Hosts("node07:8476", 4, 2)),
        (("node1",), OPEN_MPI, Hosts("node1:8476", 3, 1)),
        (("auto",), OPEN_MPI_4, Hosts(None, 3, 1)),
        (("node1",), {"PMI_SIZE": "2", "PMI_RANK": "0"}, Hosts("node1:8476", 2, 0)),
        (("auto",), {}, Hosts(None, None, None)),  # Kubernetes, TPUs: JAX asks
    ],
)
def test_arguments_come_before_the_launcher(given, environ, hosts):
    assert Hosts.found(*given, environ=environ) == hosts


@pytest.mark.parametrize(
    ("given", "environ", "message"),
    [
        (("node1",), {}, "`--processes 2 --process 0` on the first host"),
        (("node1", 2), {}, "must be given together. Received: processes=2, process=None"),
        (("node1", 2, 2), {}, "below `processes`. Received: process=2, processes=2"),
        (("node1", 0, 0), {}, "`processes` must be at least 1. Received: 0"),
        (("a,b", 2, 0), {}, "only the address of process 0. Received: 'a,b'"),
        (("auto",), OPEN_MPI, "such as `--hosts node1`, as nothing here says where"),
        (("auto",), {**SLURM, "SLURM_PROCID": "x"}, "which Slurm sets, must be numbers"),
    ],
)
def test_what_is_missing_is_named(given, environ, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Hosts.found(*given, environ=environ)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX joins them")
def test_another_backend_is_told_what_to_do(tmp_path, album, capsys):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(small_recipe().to_yaml())
    run = ["train", str(recipe), "--data", str(album), "--out", str(tmp_path / "out")]
    who = ["--hosts", "localhost", "--processes", "2", "--process", "0"]
    assert keras_sep_cli.main([*run, *who]) == 1
    assert "install `keras_sep[tensorflow,jax]` on all hosts and set KERAS_BACKEND=jax" in (
        capsys.readouterr().err
    )
    assert keras_sep_cli.main([*run, *who[2:]]) == 1
    assert "need `--hosts`" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    with pytest.raises(ValueError, match=r"fit.model_parallel.*KERAS_BACKEND=jax"):
        training.distribution(mirrored=False, model_parallel=2)
