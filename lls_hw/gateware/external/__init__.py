"""External memory: a controller for SDR SDRAM, in the engine's clock domain.

`SdramController` joins a native port of three streams to the pins of a chip. It sends one command
of burst length 1 for each word. While a row is open, a READ or WRITE can leave in every cycle, so a
long transfer is as fast as with page bursts; nothing has to end a burst early, count its words or
know the next address, which is why this takes the fewest LUTs.

Commands are carried out in order. Each bank keeps its last row open until another row of it is
needed, or a refresh closes all. The limits come from `lls_hw.contract.sdram_cycles`:

    read latency      COMMAND_LATENCY + PIN_LATENCY + capture, the row being open
    row opened        activate more; if another was open, precharge + activate more;
                      straight after a WRITE, write_recovery - 1 more still
    WRITE after READ  turnaround - 1 cycles between them; READ after WRITE: none
    refresh           precharge + refresh + activate cycles, every refresh_interval
    long transfer     words_per_cycle(), about 0.97

Who asks for read data has room for them: they cannot wait.

    native port ─ command ──▶ access ─────┐ operation        ┌──▶ command pins
                              │ open_rows ├──────▶ choice ───┤
                  maintenance ────────────┘    ▲     │       └──▶ data_path ◀──▶ data pins
                  (power-up, refresh)          │     ▼                │
                                             countdowns (pauses)      └──▶ read data
"""
