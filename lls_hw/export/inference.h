@notice@
#ifndef LLS_INFERENCE_H
#define LLS_INFERENCE_H

#include <stddef.h>
#include <stdint.h>

@constants@

struct lls_layer {
    int in_height, in_width, in_channels;
    int height, width, channels; /* before pooling */
    int kernel_height, kernel_width, stride, pad;
    int shift;                   /* from sums to activations, or to logits */
    int cells, pool, average, average_shift;
    const int16_t *weight;       /* [kernel_height][kernel_width][in_channels][channels] */
    const int8_t *scale;         /* [channels]; NULL without normalisation */
    const int32_t *mean;         /* [channels], in halves */
    const int8_t *basis;         /* [LLS_CLASSES][latents]; NULL without a vote */
    int temperature_shift, modulated;
    const int16_t *modulation;   /* [LLS_CLASSES], or [LLS_CLASSES][LLS_CLASSES] */
};

@tables@

/* value / 2^shift, rounded down: C leaves the right shift of negative numbers open. */
static inline int64_t lls_floor(int64_t value, int shift)
{
    return value >= 0 ? value >> shift : ~(~value >> shift);
}

/* value / 2^shift, rounded half up. */
static inline int64_t lls_half_up(int64_t value, int shift)
{
    return lls_floor(value + (((int64_t)1 << shift) >> 1), shift);
}

static inline int64_t lls_limit(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

static inline int8_t lls_saturate(int64_t value)
{
    return (int8_t)lls_limit(value, -LLS_ACT_MAX, LLS_ACT_MAX);
}

/* Sums of all output channels at one pixel. */
static inline void lls_sums(const struct lls_layer *layer, const int8_t *in, int y, int x,
                            int64_t *sums)
{
    const int16_t *weight = layer->weight;
    int ky, kx, i, o;

    for (o = 0; o < layer->channels; o++)
        sums[o] = 0;
    for (ky = 0; ky < layer->kernel_height; ky++)
        for (kx = 0; kx < layer->kernel_width; kx++) {
            int row = y * layer->stride + ky - layer->pad;
            int column = x * layer->stride + kx - layer->pad;
            ptrdiff_t place = (ptrdiff_t)row * layer->in_width + column;

            if (row < 0 || row >= layer->in_height || column < 0 || column >= layer->in_width) {
                weight += (ptrdiff_t)layer->in_channels * layer->channels;
                continue;
            }
            for (i = 0; i < layer->in_channels; i++) {
                int32_t value = in[place * layer->in_channels + i];

                for (o = 0; o < layer->channels; o++)
                    sums[o] += value * *weight++;
            }
        }
}

/* A wide output, LLS_WIDE_FRACTION fraction bits, with scale and mean of its channel taken out. */
static inline int8_t lls_normalised(const struct lls_layer *layer, int o, int64_t wide)
{
    int64_t half = lls_floor(2 * wide, layer->scale[o]) - layer->mean[o] + 1;

    return lls_saturate(lls_floor(half, 1));
}

/*
 * A block, with LeakyReLU of slope 2^-LLS_SLOPE_SHIFT. What it hands on goes to `out`, the sums of
 * its cells to `latents`.
 */
static inline void lls_block(const struct lls_layer *layer, const int8_t *in, int8_t *out,
                             int32_t *latents)
{
    static int64_t sums[LLS_WIDEST];
    int channels = layer->channels, area = layer->cells * layer->cells;
    int y, x, o, k;

    for (k = 0; k < area * channels; k++)
        latents[k] = 0;
    for (y = 0; y < layer->height; y++)
        for (x = 0; x < layer->width; x++) {
            int cell = y * layer->cells / layer->height * layer->cells
                     + x * layer->cells / layer->width;
            int pooled = layer->pool ? layer->width / 2 : layer->width;
            int row = layer->pool ? y / 2 : y, column = layer->pool ? x / 2 : x;
            int outside = layer->pool && (row >= layer->height / 2 || column >= pooled);
            int later = layer->pool && (y % 2 || x % 2);
            int8_t *to = out + ((ptrdiff_t)row * pooled + column) * channels;

            lls_sums(layer, in, y, x, sums);
            for (o = 0; o < channels; o++) {
                int64_t scaled = sums[o] < 0 ? sums[o] : sums[o] * (1 << LLS_SLOPE_SHIFT);
                int8_t h = lls_saturate(lls_half_up(scaled, layer->shift + LLS_SLOPE_SHIFT));

                latents[cell * channels + o] += h;
                if (layer->scale) {
                    int64_t wide = lls_floor(scaled * (1 << LLS_WIDE_FRACTION),
                                             layer->shift + LLS_SLOPE_SHIFT);

                    wide = lls_limit(wide, LLS_ACTIVATION_MIN, LLS_ACTIVATION_LIMIT);
                    h = lls_normalised(layer, o, wide);
                }
                if (!layer->average && !outside && (!later || h > to[o]))
                    to[o] = h;
            }
        }
    if (!layer->average)
        return;
    for (k = 0; k < area * channels; k++)
        if (layer->scale) {
            int64_t wide = lls_floor((int64_t)latents[k] * (1 << LLS_WIDE_FRACTION),
                                     layer->average_shift);

            wide = lls_limit(wide, LLS_AVERAGE_MIN, LLS_AVERAGE_LIMIT);
            out[k] = lls_normalised(layer, k % channels, wide);
        } else
            out[k] = lls_saturate(lls_half_up(latents[k], layer->average_shift));
}
@votes@
/* Probabilities from base-2 exponents with LLS_EXPONENT_FRACTION fraction bits. */
static inline void lls_softmax(const int32_t *exponents, uint16_t *scores)
{
    int32_t top = exponents[0];
    uint32_t powers[LLS_CLASSES], total = 0;
    int k;

    for (k = 1; k < LLS_CLASSES; k++)
        top = exponents[k] > top ? exponents[k] : top;
    for (k = 0; k < LLS_CLASSES; k++) {
        int32_t distance = top - exponents[k], whole = distance >> LLS_EXPONENT_FRACTION;
        int32_t fraction = distance - whole * (1 << LLS_EXPONENT_FRACTION);

        powers[k] = (uint32_t)lls_exp2[fraction] >> (whole > 31 ? 31 : whole);
        total += powers[k];
    }
    for (k = 0; k < LLS_CLASSES; k++)
        scores[k] = (uint16_t)(powers[k] * (0x80000000u / total) >> 16);
}

/*
 * The class of an image of LLS_HEIGHT x LLS_WIDTH pixels of LLS_CHANNELS values, 0..255, stored by
 * rows, then columns, then channels. `scores`, unless it is NULL, gets the probability of each
 * class in units of 1/32768. Uses static memory: one call at a time.
 */
static inline int lls_predict(const uint8_t *image, uint16_t *scores)
{
    static int8_t maps[2][LLS_LARGEST_MAP];
    static int32_t latents[LLS_LATENTS];
    static int64_t sums[LLS_CLASSES];
    int32_t exponents[LLS_CLASSES];
    const struct lls_layer *last = &lls_layers[LLS_LAYERS - 1];
    int k, best = 0;

    for (k = 0; k < LLS_HEIGHT * LLS_WIDTH * LLS_CHANNELS; k++)
        maps[0][k] = (int8_t)(lls_limit((image[k] + 1) / 2, 0, LLS_ACT_MAX) - LLS_OFFSET);
    for (k = 0; k < LLS_CLASSES; k++)
        exponents[k] = 0;
    for (k = 0; k < LLS_LAYERS - 1; k++) {
        lls_block(&lls_layers[k], maps[k % 2], maps[(k + 1) % 2], latents);
@vote@    }
    lls_sums(last, maps[(LLS_LAYERS - 1) % 2], 0, 0, sums);
    {
        int32_t own[LLS_CLASSES];

        for (k = 0; k < LLS_CLASSES; k++) {
            int64_t logit = lls_half_up(sums[k], last->shift);

            logit = lls_limit(logit, -LLS_LATENT_MAX, LLS_LATENT_MAX);
            own[k] = (int32_t)lls_floor(logit * LLS_LOG2E, LLS_LOGIT_SHIFT);
            exponents[k] += own[k];
        }
        if (scores)
            lls_softmax(own, scores);
    }
    for (k = 1; k < LLS_CLASSES; k++)
        best = exponents[k] > exponents[best] ? k : best;
    return best;
}

#endif
