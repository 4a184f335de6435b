"""The paper's blocks and losses written with PyTorch's modules, differentiated by autograd."""

import torch
from torch import nn
from torch.nn import functional as F

from lls_hw.contract.basis import sine_basis, square_basis
from lls_hw.paper.rules import Basis, Modulation, Signal


def leaf(tensor):
    return tensor.detach().clone().requires_grad_()


def stage_parts(state):
    """Module and parameters of one stage, in autograd's reach."""
    stage, tanh = state.plan.stage, state.tanh
    names = {name: leaf(tensor) for name, tensor in state.parameters().items()}
    groups = state.plan.input[0] if stage.depthwise else 1

    def forward(x):
        weight, bias = names["weight"], names.get("bias")
        if stage.kernel:
            z = F.conv2d(x, weight, bias, stage.stride, stage.pad, groups=groups)
        else:
            z = F.linear(x.flatten(1), weight, bias)
        y = F.batch_norm(z, None, None, names["scale"], names["offset"], True, 0.1, 1e-5)
        return torch.tanh(y) if tanh else F.leaky_relu(y, 0.01)

    return forward, names


class Reference:
    """A copy of a PaperModel; `gradients` gives those of every parameter."""

    def __init__(self, model):
        self.model, self.rule = model, model.rule
        self.blocks = [[stage_parts(stage) for stage in block.stages] for block in model.blocks]
        self.heads = [
            {} if block.head is None else
            {name: leaf(tensor) for name, tensor in block.head.parameters().items()}
            for block in model.blocks
        ]  # fmt: skip
        self.classifier = nn.Linear(model.plan.features, model.plan.classes).double()
        with torch.no_grad():
            self.classifier.weight.copy_(model.classifier.weight)
            self.classifier.bias.copy_(model.classifier.bias)

    def latents(self, block, h):
        if h.dim() == 2:
            return F.adaptive_avg_pool1d(h[:, None], block.plan.latents)[:, 0]
        return F.adaptive_avg_pool2d(h, block.plan.cells).flatten(1)

    def local_loss(self, index, h, labels):
        """The published loss of a block."""
        block, rule, head = self.model.blocks[index], self.rule, self.heads[index]
        u = self.latents(block, h)
        if rule.basis in (Basis.COSINE, Basis.SQUARE):
            reduced = rule.modulation is Modulation.REDUCED
            rows = self.model.plan.network.reduced_rows if reduced else self.model.plan.classes
            wave = {Basis.COSINE: sine_basis, Basis.SQUARE: square_basis}[rule.basis]
            basis = torch.tensor(wave(rows, u.shape[1]), dtype=u.dtype)
            u = F.normalize(u, dim=1)
        else:
            basis = F.adaptive_avg_pool1d(head.get("basis", block.head.basis), u.shape[1])
        scores = u @ basis.T
        if rule.modulation is Modulation.VECTOR:
            scores = head["modulation"] * scores
        elif rule.modulation is not Modulation.NONE:
            scores = scores @ head["modulation"]
        return F.cross_entropy(scores / 0.5, labels)

    def gradients(self, x, labels):
        """Per block and for the classifier: gradients by name; and loss and logits."""
        activations, local = [], []
        objective = 0.0
        backpropagate = self.rule.signal is Signal.BACKPROPAGATION
        for index, stages in enumerate(self.blocks):
            block = self.model.blocks[index].plan.block
            h = x if backpropagate else x.detach()
            for forward, _ in stages:
                h = forward(h)
            activations.append(h)
            if self.rule.signal is Signal.LOCAL:
                local.append(self.local_loss(index, h, labels))
                objective = objective + local[-1]
            x = h
            if block.average:
                x = F.adaptive_avg_pool2d(h, block.average)
            elif block.pool:
                x = F.max_pool2d(h, 2)
        features = x.flatten(1)
        logits = self.classifier(features if backpropagate else features.detach())
        loss = F.cross_entropy(logits, labels)
        objective = objective + loss + self.projected(activations, logits.detach(), labels)
        objective.backward()
        found = []
        for stages, head in zip(self.blocks, self.heads, strict=True):
            tensors = {f"{k}.{n}": t for k, (_, names) in enumerate(stages)
                       for n, t in names.items()}  # fmt: skip
            tensors |= {f"head.{name}": tensor for name, tensor in head.items()}
            found.append({name: tensor.grad for name, tensor in tensors.items()})
        found.append({n: p.grad for n, p in self.classifier.named_parameters()})
        return found, loss.detach(), [loss.detach() for loss in local], logits.detach()

    def projected(self, activations, logits, labels):
        """A loss whose gradient by each activation is the random projection of the error."""
        signal, one_hot = self.rule.signal, F.one_hot(labels, logits.shape[1]).double()
        error = torch.softmax(logits, 1) - one_hot
        if signal in (Signal.LOCAL, Signal.BACKPROPAGATION):
            return 0.0
        error = {Signal.FEEDBACK: error, Signal.SIGN_FEEDBACK: error.sign(),
                 Signal.TARGET: one_hot}[signal]  # fmt: skip
        total = 0.0
        for h, block in zip(activations, self.model.blocks, strict=True):
            target = torch.einsum("nk,k...->n...", error, block.feedback) / len(labels)
            total = total + (target * h).sum()
        return total
