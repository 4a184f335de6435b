"""An ONNX graph under construction, whose values are whole numbers in float64.

float64 holds every integer below 2**53, and no value of the engine's inference reaches that. Sums
and products of such numbers are exact in any order, shifts are products with powers of two, and
`Floor` rounds as the engine's shifts do. ONNX Runtime has all of these operations for float64 on
the CPU; for integers it lacks arithmetic shifts.
"""

from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray
from onnx import helper, numpy_helper

from lls_hw.version import VERSION

__all__ = ["Graph"]

OPSET = 17
"""Of 2022: ONNX Runtime from 1.12 on."""
IR_VERSION = 8


class Graph:
    """Nodes and constants; methods return the name of what they compute."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[bytes, onnx.TensorProto] = {}

    def add(self, operation: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """A node with one output, called `out` if that is given."""
        name = out or f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(operation, inputs, [name], **attributes))
        return name

    def cast(self, value: str, kind: int, out: str = "") -> str:
        """Values of another type, one of onnx.TensorProto."""
        return self.add("Cast", value, to=kind, out=out)

    def constant(self, values: ArrayLike, kind: type = np.float64) -> str:
        """A constant tensor; equal ones are stored once."""
        array: NDArray[Any] = np.asarray(values, kind)
        key = repr((array.shape, array.dtype)).encode() + array.tobytes()
        if key not in self._constants:
            name = f"c{len(self._constants)}"
            self._constants[key] = numpy_helper.from_array(array, name)
        return self._constants[key].name

    def floor(self, value: str, factor: ArrayLike) -> str:
        """Product with powers of two, rounded down: an arithmetic right shift."""
        return self.add("Floor", self.times(value, factor))

    def half_up(self, value: str, shift: int) -> str:
        """value / 2**shift, rounded half up."""
        if not shift:
            return value
        scaled = self.times(value, 2.0**-shift)
        return self.add("Floor", self.plus(scaled, 0.5))

    def times(self, value: str, factor: ArrayLike) -> str:
        """Product with constants."""
        return self.add("Mul", value, self.constant(factor))

    def plus(self, value: str, summand: ArrayLike) -> str:
        """Sum with constants."""
        return self.add("Add", value, self.constant(summand))

    def limited(self, value: str, low: float, high: float) -> str:
        """Value within low..high."""
        return self.add("Clip", value, self.constant(low), self.constant(high))

    def table(self, values: ArrayLike, index: str) -> str:
        """Entries of a table at whole numbers from 0."""
        return self.add("Gather", self.constant(values), self.cast(index, onnx.TensorProto.INT64))

    def part(self, value: str, axes: list[int], *slices: slice) -> str:
        """Slices along axes."""
        bounds = zip(*((s.start or 0, s.stop, s.step or 1) for s in slices), strict=True)
        starts, stops, steps = (self.constant(values, np.int64) for values in bounds)
        return self.add("Slice", value, starts, stops, self.constant(axes, np.int64), steps)

    def shaped(self, value: str, *shape: int) -> str:
        """Another shape."""
        return self.add("Reshape", value, self.constant(shape, np.int64))

    def sum(self, value: str, *axes: int, keep: bool = False) -> str:
        """Sums over axes."""
        return self.add("ReduceSum", value, self.constant(axes, np.int64), keepdims=int(keep))

    def model(
        self,
        name: str,
        inputs: list[onnx.ValueInfoProto],
        outputs: list[onnx.ValueInfoProto],
        notes: dict[str, str],
    ) -> onnx.ModelProto:
        """The whole model, checked; `notes` become its metadata."""
        graph = helper.make_graph(
            self._nodes, name, inputs, outputs, list(self._constants.values())
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="lls-hw",
            producer_version=VERSION,
        )
        helper.set_model_props(model, notes)
        onnx.checker.check_model(model, full_check=True)
        return model
