
static inline int lls_bits(uint64_t value)
{
    int bits = 0;

    for (; value; value >>= 1)
        bits++;
    return bits;
}

/* The largest whole number whose square is at most `value`, which is below 2^33. */
static inline uint32_t lls_root(uint64_t value)
{
    uint64_t root = 0, bit;

    for (bit = (uint64_t)1 << 16; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= value)
            root += bit;
    return (uint32_t)root;
}

/* Adds the exponents of a block's own scores. */
static inline void lls_vote(const struct lls_layer *layer, const int32_t *latents,
                            int32_t *exponents)
{
    int64_t scores[LLS_CLASSES];
    int count = layer->cells * layer->cells * layer->channels, t = layer->temperature_shift;
    int exponent, i, k;
    uint64_t square = 0, normal, mantissa = 0;

    for (i = 0; i < count; i++)
        square += (uint64_t)((int64_t)latents[i] * latents[i]);
    exponent = (lls_bits(square ? square : 1) + 1) / 2;
    if (square) {
        normal = exponent <= 16 ? square << 2 * (16 - exponent) : square >> 2 * (exponent - 16);
        mantissa = 0x80000000u / lls_root(normal);
        mantissa = mantissa > 65535 ? 65535 : mantissa;
    }
    for (k = 0; k < LLS_CLASSES; k++) {
        scores[k] = 0;
        for (i = 0; i < count; i++)
            scores[k] += (int64_t)layer->basis[(ptrdiff_t)k * count + i] * latents[i];
        scores[k] = lls_half_up(scores[k], LLS_BASIS_SHIFT);
        if (layer->modulated)
            scores[k] = lls_floor(scores[k] * (int64_t)mantissa, exponent + LLS_SCORE_SHIFT);
    }
    for (k = 0; k < LLS_CLASSES; k++) {
        int64_t sum = 0;

        if (!layer->modulated) {
            int64_t scale = (int64_t)(mantissa * LLS_LOG2E >> LLS_LOG2E_FRACTION);
            exponents[k] += (int32_t)lls_floor(scores[k] * scale, exponent + LLS_BLOCK_SHIFT - t);
            continue;
        }
        for (i = 0; i < LLS_CLASSES; i++)
            if (layer->modulated == 2)
                sum += scores[i] * layer->modulation[i * LLS_CLASSES + k];
            else if (i == k)
                sum += scores[i] * layer->modulation[i];
        sum = lls_half_up(sum, LLS_MODULATION_FRACTION);
        sum = lls_limit(sum, -LLS_LATENT_MAX, LLS_LATENT_MAX);
        exponents[k] += (int32_t)lls_floor(sum * LLS_LOG2E, LLS_MODULATED_SHIFT - t);
    }
}
