"""Values of space and time, analyses, and formats; imports nothing else of ours.

Read in this order; a module may import only the ones above it:

=====================  =============================================================="""
