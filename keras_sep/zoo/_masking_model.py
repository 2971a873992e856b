"""Models whose layers all hand on Keras masks."""

import keras


def masking_model(mixture, outputs, name):
    """A functional model that another model can call with a Keras mask."""
    network = keras.Model(mixture, outputs, name=name)
    # all its layers hand masks on; unless told so, Keras warns that the model does not
    network.supports_masking = True
    return network
