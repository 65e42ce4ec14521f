/* operation.c - a switch for each question. */
#include "02_concurrency/interleave/operation.h"

graph_value operation_cut(graph_value value, int size)
{
    return size == 16 ? value : value & (((graph_value)1 << 8 * size) - 1);
}

/* The bits that are set among so many, as the way-th subset of them in the order of their numbers; so many of them cleared. */
static graph_value wake(graph_value waiting, graph_value count, int way)
{
    int bits[32], bit_count = 0;
    for (int bit = 0; bit < 32; bit++)
        if (waiting >> bit & 1)
            bits[bit_count++] = bit;
    if (count >= (graph_value)bit_count)
        return 0;
    uint32_t subset = (UINT32_C(1) << (int)count) - 1;
    for (; way > 0; way--) { /* the next number with as many bits */
        uint32_t lowest = subset & -subset, carried = subset + lowest;
        subset = carried | (((subset ^ carried) >> 2) / lowest);
    }
    for (int index = 0; index < bit_count; index++)
        if (subset >> index & 1)
            waiting &= ~((graph_value)1 << bits[index]);
    return waiting;
}

static int wake_ways(graph_value waiting, graph_value count)
{
    int all = __builtin_popcount((uint32_t)waiting), ways = 1;
    if (count >= (graph_value)all)
        return 1;
    for (int taken = 1; taken <= (int)count; taken++)
        ways = ways * (all - taken + 1) / taken;
    return ways < UINT8_MAX ? ways : UINT8_MAX;
}

static graph_value result(const struct operation *operation, graph_value value, int way)
{
    graph_value operand = operation->operand;
    switch (operation->update) {
    case UPDATE_ADD:
        return value + operand;
    case UPDATE_SUB:
        return value - operand;
    case UPDATE_AND:
        return value & operand;
    case UPDATE_OR:
        return value | operand;
    case UPDATE_XOR:
        return value ^ operand;
    case UPDATE_NAND:
        return ~(value & operand);
    case UPDATE_TAKE:
    case UPDATE_TRY_TAKE:
        return value - 1;
    case UPDATE_SHARE:
    case UPDATE_TRY_SHARE:
        return value + 1;
    case UPDATE_WAKE:
        return wake(value, operand, way);
    default:
        return operand;
    }
}

graph_value operation_result(const struct operation *operation, graph_value value, int way)
{
    return operation_cut(result(operation, value, way), operation->size);
}

int operation_ways(const struct operation *operation, graph_value value)
{
    if (operation->update == UPDATE_WAKE)
        return wake_ways(value, operation->operand);
    bool may = operation->update == UPDATE_COMPARE ? operation_writes(operation, value, 0)
                                                   : operation_waits(operation, value);
    return may ? 1 + operation->ways : 1;
}

bool operation_is_spurious(const struct operation *operation, int way)
{
    return way > 0 && operation->update != UPDATE_WAKE;
}

bool operation_writes(const struct operation *operation, graph_value value, int way)
{
    if (operation_is_spurious(operation, way))
        return false;
    switch (operation->update) {
    case UPDATE_NONE:
        return false;
    case UPDATE_COMPARE:
    case UPDATE_WAIT:
        return value == operation->expected;
    case UPDATE_TAKE:
    case UPDATE_TRY_TAKE:
        return value > 0;
    case UPDATE_SHARE:
    case UPDATE_TRY_SHARE:
        return value != UINT32_MAX;
    default:
        return true;
    }
}

bool operation_waits(const struct operation *operation, graph_value value)
{
    if (operation->kind != EVENT_READ)
        return false;
    if (operation->update == UPDATE_WAIT || operation->update == UPDATE_TAKE ||
        operation->update == UPDATE_SHARE)
        return !operation_writes(operation, value, 0);
    return (value & operation->wait_mask) != 0;
}
