internal import Foundations
