"""Result files -> statistics -> tables, figures and one page.

Everything is made from the sweep home alone and can be made again at any time, during a sweep as well as
years later.
"""

from sat_sweep.report.build import build_report, task_of
from sat_sweep.report.choice import chosen_studies, winning_trial
from sat_sweep.report.measures import value_at
from sat_sweep.report.report import Compute, Report
from sat_sweep.report.rows import Row
from sat_sweep.report.table import row_text, table_text
from sat_sweep.report.winner import winner
from sat_sweep.report.wording import setting
from sat_sweep.report.writing import write

__all__ = ["Compute", "Report", "Row", "build_report", "chosen_studies", "row_text", "setting", "table_text", "task_of",
           "value_at", "winner", "winning_trial", "write"]
