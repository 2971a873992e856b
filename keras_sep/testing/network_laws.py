"""The laws of networks, most of which are those of layers too."""

import warnings
from typing import Any

import keras
import numpy as np

from keras_sep.layers import LengthMask
from keras_sep.losses import SpectrogramLoss
from keras_sep.streaming import Stepper
from keras_sep.testing._fresh_process import in_a_fresh_process
from keras_sep.testing._laws import Laws, only_if
from keras_sep.testing.case import Case
from keras_sep.testing.gradients import gradient
from keras_sep.testing.outputs import inference, numpy, only, outputs


class NetworkLaws(Laws):
    """Laws of functional networks: subclass it in a file of tests and name the `cases`.

    Each test method is a law, and its docstring says what it requires. Those of padding and of
    causality run for cases that are `masked` and `causal`.
    """

    cases: dict[str, Case]

    def saved(self, name: str) -> Any:
        """A network to be saved, and its inputs."""
        return self.cases[name].network, self.cases[name].data()

    def test_saved_file_in_a_fresh_process(self, name, request):
        """A process that imports the module of its classes loads it and gets the same outputs."""
        network, inputs, answers = in_a_fresh_process(request)
        expected = outputs(network, inputs)
        assert len(answers) == len(expected)
        for i, wanted in enumerate(expected):
            # the same kernels in another process: rounding only
            np.testing.assert_allclose(
                answers[str(i)],
                wanted,
                rtol=1e-4,
                atol=1e-5,
                err_msg=f"{name}: a saved and loaded copy must give the same output",
            )

    def test_dynamic_length(self, name):
        """One model takes any length: None in its shape, and the right one where it is known."""
        case = self.cases[name]
        sizes = set()
        for length in case.lengths:
            inputs = case.data(length=length)
            spec = case.network.compute_output_spec(
                only([keras.KerasTensor(x.shape) for x in inputs])
            )
            # JAX finds the shapes by tracing what it would compile
            traced = keras.backend.backend() == "jax"
            results = keras.tree.flatten(spec) if traced else outputs(case.network, inputs)
            for symbolic, known, result in zip(
                keras.tree.flatten(case.network.output),
                keras.tree.flatten(spec),
                results,
                strict=True,
            ):
                about = f"{name}: its output shape must be known but for batch and time. Received: "
                assert symbolic.shape[:2] == (None, None), about + str(symbolic.shape)
                assert symbolic.shape[2:] == result.shape[2:], about + str(symbolic.shape)
                about = f"{name}: an output of {length} time steps must have the shape it says"
                assert known.shape == result.shape, about
            sizes.add(results[0].shape[1])
        assert len(sizes) == 2, (
            f"{name}: a longer input must have a longer output. Received: {sizes}"
        )

    @only_if("masked")
    def test_padding_changes_nothing(self, name):
        """An example in a longer batch, its end marked by `LengthMask`, is as the example alone."""
        case = self.cases[name]
        short, long = case.lengths
        inputs = case.data(length=long)
        together = [keras.Input(shape) for shape in case.inputs]
        lengths = keras.Input((), dtype="int32")
        first = LengthMask()([together[0], lengths])
        masked = keras.Model([*together, lengths], case.call(first, *together[1:]))
        masked.set_weights(case.network.get_weights())
        padded = [inputs[0].copy(), *inputs[1:]]
        padded[0][0, short:] *= 1e3
        results = outputs(masked, [*padded, np.array([short, long])])
        alone = outputs(case.network, [x[:1, :short] for x in inputs])
        whole = outputs(case.network, [x[1:] for x in inputs])
        about = f"{name}: padding behind a mask must change nothing"
        for result, one, other in zip(results, alone, whole, strict=True):
            # sums over more terms, some of them zero, round differently
            np.testing.assert_allclose(
                result[:1, : one.shape[1]], one, rtol=1e-5, atol=1e-5, err_msg=about
            )
            np.testing.assert_allclose(result[1:], other, rtol=1e-5, atol=1e-5, err_msg=about)

    @only_if("causal")
    def test_the_past_does_not_move_when_the_future_does(self, name):
        """Outputs up to the middle stay when inputs from the middle on change, and later ones move.

        With a `latency`, outputs stay up to so many steps earlier.
        """
        case = self.cases[name]
        inputs = case.data()
        length = case.lengths[0]
        changed = [x.copy() for x in inputs]
        half = length // 2
        for x in changed:
            x[:, half:] = x[:, half:][..., ::-1] + 1
        for before, after in zip(
            outputs(case.network, inputs), outputs(case.network, changed), strict=True
        ):
            past = (half - max(0, case.latency - 1)) * before.shape[1] // length
            # not a bit may differ; products over other rows are the same products
            np.testing.assert_allclose(
                after[:, :past],
                before[:, :past],
                rtol=1e-6,
                atol=1e-6,
                err_msg=f"{name}: what is causal must not depend on later input",
            )
            moved = not np.allclose(after[:, past:], before[:, past:], atol=1e-3)
            assert moved, f"{name}: later outputs must depend on later input"

    @only_if("causal")
    def test_steps_joined_are_the_whole(self, name):
        """Chunks of any length in step form, joined, are the whole recording after the latency."""
        network, rng = self.cases[name].network, np.random.default_rng(5)
        stepper = Stepper(network)
        count = 13
        inputs = self.cases[name].data(length=count * stepper.stride)
        state, joined, start = stepper.initial_state(len(inputs[0])), [], 0
        while start < count:
            stop = min(count, start + int(rng.integers(1, 5)))
            chunk = [x[:, start * stepper.stride : stop * stepper.stride] for x in inputs]
            found, state = stepper.step(only(chunk), state)
            joined.append([numpy(keras.ops.cast(x, "float32")) for x in keras.tree.flatten(found)])
            start = stop
        for whole, *parts in zip(outputs(network, inputs), *joined, strict=True):
            streamed = np.concatenate(parts, axis=1)
            late = stepper.latency * streamed.shape[1] // (count * stepper.stride)
            wanted = whole[:, : streamed.shape[1] - late]
            about = f"{name}: chunks in step form must make the whole"
            np.testing.assert_allclose(
                streamed[:, late:],
                wanted,
                rtol=1e-5,
                atol=1e-5 * np.abs(whole).max(),
                err_msg=about,
            )

    def test_items_of_a_batch_do_not_talk_to_each_other(self, name):
        """An example alone gives what it gives in a batch, and another example something else."""
        case = self.cases[name]
        inputs = case.data(batch=3)
        alone = outputs(case.network, [x[1:2] for x in inputs])
        together = outputs(case.network, inputs)
        for one, three in zip(alone, together, strict=True):
            # a product over three rows may add in another order than one over one row
            np.testing.assert_allclose(
                three[1:2],
                one,
                rtol=1e-4,
                atol=1e-5,
                err_msg=f"{name}: an example must not depend on the others of its batch",
            )
            differ = not np.allclose(three[0], three[1], atol=1e-3)
            assert differ, f"{name}: different examples must have different outputs"

    def test_silence_and_a_constant_have_finite_answers_and_gradients(self, name):
        """Outputs and gradients by the first input are finite, for zeros and for ones."""
        case = self.cases[name]
        inputs = [np.zeros_like(x) for x in case.data()]
        for x in inputs:
            x[1] = 1

        def power(first):
            others = [keras.ops.convert_to_tensor(x) for x in inputs[1:]]
            answers = keras.tree.flatten(case.network(only([first, *others]), training=False))
            return sum(keras.ops.sum(keras.ops.square(answer)) for answer in answers)

        value, slope = gradient(power, inputs[0])
        about = f"{name}: silence and a constant must have finite"
        assert np.isfinite(value), f"{about} outputs. Received: power {value}"
        bad = np.sum(~np.isfinite(slope))
        assert bad == 0, f"{about} gradients. Received: {bad} of {slope.size} are not"

    def test_mixed_float16(self, name):
        """Outputs under `mixed_float16` are float16, and within 45 dB of those of float32."""
        # eleven bits keep 70 dB, and some dozen roundings 56 dB where it is worst
        self._mixed_precision(name, "mixed_float16", least_db=45, most=1e-2)

    def _mixed_precision(self, name, policy, least_db, most):
        case = self.cases[name]
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(policy)
        try:
            half = case.build()
        finally:
            keras.config.set_dtype_policy(before)
        half.set_weights(case.network.get_weights())
        inputs = case.data()
        for x in inference(half, inputs):
            dtype = keras.backend.standardize_dtype(x.dtype)
            about = f"{name}: outputs under {policy} must have its dtype. Received: {dtype}"
            assert dtype == policy.removeprefix("mixed_"), about
        for wanted, result in zip(
            outputs(case.network, inputs), outputs(half, inputs), strict=True
        ):
            error = result - wanted
            ratio_db = 10 * np.log10(np.sum(wanted**2) / np.sum(error**2).clip(1e-30))
            about = f"{name}: outputs under {policy} must be within {least_db} dB of float32. "
            assert ratio_db >= least_db, f"{about}Received: {ratio_db:.1f} dB"
            # a single number may be further off
            np.testing.assert_allclose(
                error, 0 * error, rtol=0, atol=most * np.abs(wanted).max(), err_msg=about
            )

    def test_no_two_weights_start_from_the_same_numbers(self, name):
        """Weights that start from random numbers have their own numbers.

        An initializer of Keras that two weights share gives both the same, as many as the smaller
        one takes.
        """
        seen: dict[bytes, str] = {}
        for weight in self.cases[name].trainable_network().trainable_weights:
            numbers = numpy(weight)
            if len(np.unique(numbers)) > 2:  # not zeros, ones, or the biases of an LSTM
                before = seen.setdefault(numbers.ravel()[:3].tobytes(), weight.path)
                about = f"{name}: {weight.path} must not start from the numbers of {before}"
                assert before is weight.path, about

    def test_one_fit_step_moves_every_weight(self, name):
        """One step of SGD moves the stated fraction of every weight, and all weights are there.

        SGD moves a weight only by its gradient: what stays put got none.
        """
        case = self.cases[name]
        network = case.trainable_network()
        upstream = 2 * len(case.inputs)
        count = len(network.trainable_weights) - upstream
        about = f"{name}: it must have {case.weights} trainable weights. Received: {count}"
        assert count == case.weights, about
        inputs = case.data()
        targets = [np.random.default_rng(9).normal(size=x.shape) for x in outputs(network, inputs)]
        before = [numpy(w).copy() for w in network.trainable_weights]
        square = [SpectrogramLoss(norm="l2") for _ in targets]
        eager = keras.backend.backend() == "tensorflow" and not case.traced
        network.compile(keras.optimizers.SGD(1.0), loss=only(square), run_eagerly=eager)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Gradients do not exist")  # which are told below
            history = network.fit(only(inputs), only(targets), batch_size=2, epochs=1, verbose=0)
        loss = history.history["loss"][0]
        assert np.isfinite(loss), f"{name}: the loss must be finite. Received: {loss}"
        for weight, old in zip(network.trainable_weights, before, strict=True):
            new = numpy(weight)
            about = f"{name}: one step must move {case.moved:.0%} of {weight.path}. Received: "
            assert np.isfinite(new).all(), f"{about}values that are not finite"
            moved = np.mean(new != old)
            assert moved >= case.moved, f"{about}{moved:.0%} got a gradient"
