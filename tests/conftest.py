import torch

# Two threads and one drift apart, and a test machine may be shared: every test runs on one.
torch.set_num_threads(1)
