"""Training faults: what each one is, and what it makes of a recipe and its data.

Sources: DeepCrime's mutation operators (Humbatova, Jahangirova and Tonella, ISSTA 2021), issues of
the frameworks, and what readers of the five documents get wrong.
"""

from mnistreport.faults.catalog import CLEAN, FAULTS, choose_faults, fault_of
from mnistreport.faults.fault import Fault

__all__ = ["CLEAN", "FAULTS", "Fault", "choose_faults", "fault_of"]
