"""One thread: these tests run beside training and beside other suites."""

import torch

torch.set_num_threads(1)
