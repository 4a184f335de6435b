"""The tutorial of docs/tutorial.md, one cell a step.

    python examples/tutorial.py             # a simulated board
    python examples/tutorial.py golden      # the golden model instead: no compiler

Files go to the present folder.
"""

# %% network
import sys
from pathlib import Path

import numpy as np

import lls_hw
from lls_hw.tools.command_line import say_errors

say_errors()  # what you can remedy ends in one sentence
network = lls_hw.load_network(Path(__file__).with_name("tutorial.toml"))
for layer, (fan_in, fan_out) in zip(network.layers, network.shapes, strict=True):
    print(type(layer).__name__, fan_in, "->", fan_out)

# %% data
digits = lls_hw.load_data("digits")
names = np.array("zero one two three four five six seven eight nine".split())
np.savez("own.npz", images=digits.train_images[:, 0], labels=names[digits.train_labels])
data = lls_hw.load_data("own.npz", shape=network.input, held_out=0.2)
print(len(data.train_images), "to train with,", len(data.test_images), "to test with")
print("classes:", ", ".join(data.class_names))

# %% simulate
address = sys.argv[1] if len(sys.argv) > 1 else "sim"
golden = lls_hw.Board("golden")
board = lls_hw.Board(address)
few = data.train_images[:80], data.train_labels[:80]
model = lls_hw.Model(board, network, seed=0)
model.fit(*few)
if board.device:  # simulated or real
    same = lls_hw.Model(golden, network, seed=0)
    same.fit(*few)
    for one, other in zip(model.weights(), same.weights(), strict=True):
        assert np.array_equal(one, other)
    print(f"every weight on the {board.kind} is the golden model's")
    print(f"the {board.kind} counted {model.counters.cycles:,} cycles of a step")
else:
    engine = lls_hw.Model(lls_hw.Board("golden:small"), network)
    print(f"an engine of preset small takes {engine.program.train_cycles:,} cycles for a step")

# %% train
model = lls_hw.Model(golden, network, seed=0, class_names=data.class_names)
test = data.test_images, data.test_labels
for epoch in model.fit(data.train_images, data.train_labels, epochs=8, validation=test):
    print(epoch.epoch, f"{epoch.train_loss:.3f}", f"{epoch.test_accuracy:.1%}")
model.save("tutorial.safetensors")

# %% adapt
turned = np.rot90(data.train_images, axes=(2, 3))
test_turned = np.rot90(data.test_images, axes=(2, 3))
model = lls_hw.Model.load("tutorial.safetensors", board)
before = model.evaluate(test_turned, data.test_labels)
model.fit(turned[:400], data.train_labels[:400])
after = model.evaluate(test_turned, data.test_labels)
print(f"turned images: {before.accuracy:.1%} before, {after.accuracy:.1%} after")
model.save("adapted.safetensors")

# %% export
model.export("net.h")
model.export("net.safetensors")
classes, scores = model.predict(test_turned[:3]), model.scores(test_turned[:3])
for predicted, probabilities in zip(classes, scores, strict=True):
    print(data.class_names[predicted], f"{probabilities.max():.0%}")
board.close()
