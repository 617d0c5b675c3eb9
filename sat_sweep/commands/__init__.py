"""What each command does and prints; `cli` parses and calls one function of these modules.

Results go to standard output, everything else to standard error. A function returns the exit status where
there is a choice, and raises UserError for what the user has to mend. Heavy imports stay where they are used.
"""

__all__: list[str] = []  # its modules are imported one by one
