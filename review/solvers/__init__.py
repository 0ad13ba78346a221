"""The mathematics, run in processes of its own: only modules of this folder import numpy, SciPy, scikit-learn or OR-Tools."""
