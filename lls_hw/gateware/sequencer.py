"""Sequencer: issues the descriptors of a program in order."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.registers import RUN
from lls_hw.contract.timing_array import SETUP_CYCLES
from lls_hw.contract.units import Operation, Unit, units_of
from lls_hw.gateware.fetch import DescriptorFetch
from lls_hw.gateware.layout import struct_layout
from lls_hw.gateware.local.command import command_layout
from lls_hw.gateware.operation import ARRAY_LAYOUT, MOVE_LAYOUT
from lls_hw.gateware.ports import element_write
from lls_hw.gateware.unit_trace import UnitEvents

__all__ = ["RUN_LAYOUT", "Sequencer"]

RUN_LAYOUT = struct_layout(RUN)
"""What the host writes into the RUN register."""


class Sequencer(wiring.Component):
    """Runs a program from `run` until its END descriptor.

    A descriptor is fetched in FETCH_CYCLES while the units work on the ones before it. It is
    issued as soon as its unit and the units it waits for are idle; an array operation starts
    SETUP_CYCLES later. `program.schedule` computes the same cycles.

    Members
    -------
    program : elements of `Space.PROGRAM`.
    run : first descriptor and input buffer; ready while idle. busy : a program runs.
    unit_busy : which units work, a bit for each `Unit`; the array from the cycle after `start` on.
    local, mover : commands for these units, which take them at once; the mover comes with an
        external memory.
    operation, gradient : the array's operation, stable while the array works; `x_base` includes the
        input buffer. start : it starts.
    buffer : input buffer of this run.
    <unit>_events : what each unit does, for the trace.
    waiting : in the cycle before, an array operation waited for the local update unit alone.
    starving : in the cycle before, the array was idle and a descriptor waited for the mover alone.
    trained : strobe, a training step has ended.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        events = UnitEvents(config)
        mover = stream.Signature(MOVE_LAYOUT, always_ready=True)
        super().__init__(
            {
                "program": In(element_write()),
                "run": In(stream.Signature(RUN_LAYOUT)),
                "busy": Out(1),
                "buffer": Out(RUN["buffer"].bits),
                **{f"{unit.name.lower()}_events": Out(events) for unit in units_of(config)},
                "unit_busy": In(len(Unit)),
                "local": Out(stream.Signature(command_layout(config))),
                **({"mover": Out(mover)} if config.external_depth else {}),
                "operation": Out(ARRAY_LAYOUT),
                "gradient": Out(1),
                "start": Out(1),
                "waiting": Out(1),
                "starving": Out(1),
                "trained": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.fetch = fetch = DescriptorFetch(self._config)
        connect(m, flipped(self.program), fetch.program)
        index, array_index = Signal.like(fetch.first), Signal.like(fetch.first)
        own, needed, blocked = (
            Signal(len(Unit), name=name) for name in ("own", "needed", "blocked")
        )
        setup = Signal(range(SETUP_CYCLES))
        units = units_of(self._config)
        for unit in units:
            codes = [operation for operation in Operation if operation.unit is unit]
            mine = fetch.coming.operation.matches(*codes)
            with m.If(fetch.fetch):
                m.d.sync += own[unit].eq(mine)
                m.d.sync += needed[unit].eq(mine | fetch.coming.wait[unit])
            events = getattr(self, f"{unit.name.lower()}_events")
            m.d.comb += events.busy.eq(self.unit_busy[unit])
        m.d.comb += [
            blocked.eq(self.unit_busy & needed),
            fetch.first.eq(self.run.payload.first),
            self.local.payload.label_base.eq(self.buffer << ceil_log2(self._config.max_batch)),
            self.array_events.index.eq(array_index),
            self.array_events.start.eq(self.start),
            self.local_events.index.eq(index),
            self.local_events.start.eq(self.local.valid),
            self.busy.eq(1),
        ]
        for name, _ in self.local.payload.shape():
            if name != "label_base":
                m.d.comb += getattr(self.local.payload, name).eq(getattr(fetch.local, name))
        if Unit.MOVER in units:
            m.d.comb += [
                self.mover.payload.eq(fetch.move),
                self.mover_events.index.eq(index),
                self.mover_events.start.eq(self.mover.valid),
            ]
        m.d.sync += [setup.eq(0), self.waiting.eq(0), self.starving.eq(0)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.busy.eq(0), self.run.ready.eq(1), fetch.restart.eq(1)]
                m.d.sync += self.buffer.eq(self.run.payload.buffer)
                m.d.sync += index.eq(self.run.payload.first)
                with m.If(self.run.valid):
                    m.next = "FETCH"
            with m.State("FETCH"):
                m.d.comb += fetch.fetch.eq(1)
                with m.If(fetch.done):
                    m.next = "WAIT"
            with m.State("WAIT"):
                m.d.sync += self.waiting.eq(own[Unit.ARRAY] & (blocked == 1 << Unit.LOCAL))
                idle = ~self.unit_busy[Unit.ARRAY]
                m.d.sync += self.starving.eq(idle & (blocked == 1 << Unit.MOVER))
                # Whatever else it waits for: their number decides too late for so many registers.
                with m.If(own[Unit.ARRAY] & idle):
                    base = fetch.array.x_base + Mux(self.buffer, fetch.array.x_buffer, 0)
                    m.d.sync += [
                        self.operation.eq(fetch.array),
                        self.gradient.eq(fetch.array.operation == Operation.GRADIENT),
                        self.operation.x_base.eq(base),
                        array_index.eq(index),
                    ]
                with m.If(~blocked.any()):
                    m.d.comb += self.local.valid.eq(own[Unit.LOCAL])
                    if Unit.MOVER in units:
                        m.d.comb += self.mover.valid.eq(own[Unit.MOVER])
                    m.d.sync += index.eq(index + 1)
                    m.next = "FETCH"
                    with m.If(own[Unit.ARRAY]):
                        m.next = "SETUP"
                    with m.If(~own.any()):
                        m.d.comb += self.trained.eq(fetch.header.train)
                        m.next = "IDLE"
            with m.State("SETUP"):
                m.d.sync += setup.eq(setup + 1)
                m.d.sync += self.start.eq(setup == SETUP_CYCLES - 2)
                with m.If(self.start):
                    m.next = "FETCH"
        return m
