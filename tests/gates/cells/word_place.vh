// Block RAMs are rows of bytes of 9 bits; words of fewer than 9 bits leave the ninth alone.
`define SIXTEEN(ITEM, HIGH) \
    ITEM(HIGH``F) ITEM(HIGH``E) ITEM(HIGH``D) ITEM(HIGH``C) \
    ITEM(HIGH``B) ITEM(HIGH``A) ITEM(HIGH``9) ITEM(HIGH``8) \
    `EIGHT(ITEM, HIGH)
`define EIGHT(ITEM, HIGH) \
    ITEM(HIGH``7) ITEM(HIGH``6) ITEM(HIGH``5) ITEM(HIGH``4) \
    ITEM(HIGH``3) ITEM(HIGH``2) ITEM(HIGH``1) ITEM(HIGH``0)

// Lowest bit, in its row, of a word of `WIDTH` bits; `LOW` is its address within the row, counted
// in bits of which a byte has 8.
`define WORD_PLACE(WIDTH, LOW) \
    (9 * ((LOW) / 8 / `WORD_BYTES(WIDTH) * `WORD_BYTES(WIDTH)) \
     + ((WIDTH) < 9 ? (LOW) % 8 / (WIDTH) * (WIDTH) : 0))
`define WORD_BYTES(WIDTH) ((WIDTH) < 9 ? 1 : (WIDTH) / 9)
