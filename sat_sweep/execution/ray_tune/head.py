"""`python -m sat_sweep.execution.ray_tune.head …`: Ray's own command, for a node of 127.0.0.1 that is to stay there."""

from sat_sweep.execution.ray_tune.ray_internals import on_loopback


def main() -> None:
    """Do what `ray` does with the arguments of this command."""
    from ray.scripts.scripts import main as ray

    with on_loopback():
        ray()


if __name__ == "__main__":
    main()
